from django.urls import URLPattern, path

from advisors import views

urlpatterns: list[URLPattern] = [
    path("advisors/", views.advisor_list, name="advisors"),
    path("advisors/me/", views.own_page, name="advisor-own"),
    path("advisors/<int:pk>/", views.advisor_page, name="advisor"),
    path("advisors/<int:pk>/edit/", views.edit_advisor, name="advisor-edit"),
    path("advisors/<int:pk>/close/", views.close_year, name="advisor-close"),
]
