"""Addresses of surveys. Ids of routes and scenarios come from files: any text."""

from django.urls import URLPattern, path

from engagements.survey import grid_views, views

urlpatterns: list[URLPattern] = [
    path("engagements/<int:pk>/survey/", views.surveys, name="engagement-surveys"),
    path("surveys/<int:pk>/", views.survey, name="survey"),
    path("surveys/<int:pk>/again/", views.again, name="survey-again"),
    path("surveys/<int:pk>/file/", views.export, name="survey-file"),
    path("surveys/<int:pk>/import/", views.import_version, name="survey-import"),
    path("surveys/<int:pk>/scenario/", grid_views.scenario, name="survey-new-scenario"),
    path("surveys/<int:pk>/scenario/<path:scenario_id>/", grid_views.scenario, name="survey-scenario"),
    path("surveys/<int:pk>/grid/", grid_views.grid, name="survey-new-route"),
    path("surveys/<int:pk>/grid/<path:route_id>/", grid_views.grid, name="survey-grid"),
    path("surveys/<int:pk>/delete/<path:route_id>/", views.delete_route, name="survey-delete-route"),
]
