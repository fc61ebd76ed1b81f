from django.urls import URLPattern, path

from engagements.applications import edit, views

urlpatterns: list[URLPattern] = [
    path("calls/", views.call_list, name="calls"),
    path("calls/<int:pk>/", views.call_page, name="call"),
    path("applications/", views.application_list, name="applications"),
    path("applications/new/", views.new, name="application-new"),
    path("applications/<int:pk>/", views.application_page, name="application"),
    path("applications/<int:pk>/edit/", edit.edit, name="application-edit"),
    path("applications/<int:pk>/save/", edit.save, name="application-save"),
    path("applications/<int:pk>/meter/", edit.meter, name="application-meter"),
]
