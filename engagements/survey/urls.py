"""Addresses of surveys. Ids of routes and scenarios come from files: any text."""

from django.urls import URLPattern, path

from engagements.survey import (
    day_views,
    foreign_views,
    grid_views,
    photo_views,
    record_views,
    recorder_views,
    timeline_views,
    views,
)

urlpatterns: list[URLPattern] = [
    path("engagements/<int:pk>/survey/", views.surveys, name="engagement-surveys"),
    path("surveys/<int:pk>/", views.survey, name="survey"),
    path("surveys/<int:pk>/again/", views.again, name="survey-again"),
    path("surveys/<int:pk>/file/", views.export, name="survey-file"),
    path("surveys/<int:pk>/import/", views.import_version, name="survey-import"),
    path("surveys/<int:pk>/records/", record_views.records, name="survey-records"),
    path("surveys/<int:pk>/sheet/", foreign_views.sheet, name="survey-sheet"),
    path("surveys/<int:pk>/photos/", photo_views.pictures, name="survey-photos"),
    path("surveys/<int:pk>/photos/<str:uid>/", photo_views.picture, name="survey-photo"),
    path("surveys/<int:pk>/photos/<str:uid>/file/", photo_views.picture_file, name="survey-photo-file"),
    path("surveys/<int:pk>/day/", day_views.day, name="survey-day"),
    path("surveys/<int:pk>/day/recording/", recorder_views.recording, name="survey-recording"),
    path("record/worker.js", recorder_views.worker, name="recorder-worker"),
    path("record/sync/", recorder_views.sync, name="recorder-sync"),
    path("record/photo/<str:uid>/", recorder_views.photo, name="recorder-photo"),
    path("record/<str:code>/", recorder_views.recorder, name="recorder"),
    path("record/<str:code>/join/", recorder_views.join, name="recorder-join"),
    path("surveys/<int:pk>/day/household/", day_views.choose_household, name="survey-household"),
    path("surveys/<int:pk>/day/<str:part>/", day_views.day_part, name="survey-day-part"),
    path("surveys/<int:pk>/scenario/", grid_views.scenario, name="survey-new-scenario"),
    path("surveys/<int:pk>/scenario/<path:scenario_id>/", grid_views.scenario, name="survey-scenario"),
    path("surveys/<int:pk>/grid/", grid_views.grid, name="survey-new-route"),
    path("surveys/<int:pk>/grid/<path:route_id>/", grid_views.grid, name="survey-grid"),
    path("surveys/<int:pk>/timeline/<path:route_id>/", timeline_views.timeline, name="survey-timeline"),
    path("surveys/<int:pk>/delete/<path:route_id>/", views.delete_route, name="survey-delete-route"),
]
