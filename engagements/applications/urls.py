from django.urls import URLPattern, path

from engagements.applications import call_pages, edit, result_views, views

urlpatterns: list[URLPattern] = [
    path("calls/", call_pages.call_list, name="calls"),
    path("calls/new/", call_pages.new, name="call-new"),
    path("calls/<int:pk>/", call_pages.call_page, name="call"),
    path("calls/<int:pk>/edit/", call_pages.edit, name="call-edit"),
    path("calls/<int:pk>/copy/", call_pages.copy, name="call-copy"),
    path("programme/<int:pk>/preview/", call_pages.preview, name="programme-preview"),
    path("applications/", views.application_list, name="applications"),
    path("applications/new/", views.new, name="application-new"),
    path("applications/results/", result_views.results, name="application-results"),
    path("applications/results/stage/", result_views.stage, name="application-stage"),
    path("applications/results/release/", result_views.release, name="application-release"),
    path("applications/<int:pk>/", views.application_page, name="application"),
    path("applications/<int:pk>/edit/", edit.edit, name="application-edit"),
    path("applications/<int:pk>/save/", edit.save, name="application-save"),
    path("applications/<int:pk>/meter/", edit.meter, name="application-meter"),
]
