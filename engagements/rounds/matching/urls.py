from django.urls import URLPattern, path

from engagements.rounds.matching import change_views, publish_views, views

urlpatterns: list[URLPattern] = [
    path("rounds/", views.round_list, name="rounds"),
    path("rounds/new/", views.round_new, name="round-new"),
    path("rounds/<int:pk>/", views.round_page, name="round"),
    path("rounds/<int:pk>/ask-towns/", views.ask_towns, name="round-ask-towns"),
    path("shortlists/<int:pk>/", views.shortlist, name="shortlist"),
    path("rounds/<int:pk>/edit/", views.round_edit, name="round-edit"),
    path("rounds/<int:pk>/publish/", publish_views.publish_page, name="round-publish"),
    path("rounds/<int:pk>/progress/", views.round_progress, name="round-progress"),
    path("rounds/<int:pk>/towns/<int:town>/", views.town_page, name="round-town"),
    path("rounds/<int:pk>/advisors/<int:advisor>/", views.advisor_page, name="round-advisor"),
    path("rounds/<int:pk>/change/", change_views.change_page, name="round-change"),
    path("rounds/<int:pk>/changes/<int:number>/lift/", change_views.lift_change, name="round-lift"),
    path("rounds/<int:pk>/runs/<int:number>/", views.run_page, name="round-run"),
]
