from django.urls import URLPattern, path

from advisors import register_views, views

urlpatterns: list[URLPattern] = [
    path("advisors/", views.advisor_list, name="advisors"),
    path("advisors/me/", views.own_page, name="advisor-own"),
    path("advisors/register/", register_views.register_advisor, name="advisor-register"),
    path("advisors/<int:pk>/", views.advisor_page, name="advisor"),
    path("advisors/<int:pk>/edit/", views.edit_advisor, name="advisor-edit"),
    path("advisors/<int:pk>/terms/", register_views.terms, name="advisor-terms"),
    path("advisors/<int:pk>/close/", views.close_year, name="advisor-close"),
]
