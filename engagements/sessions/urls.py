from django.urls import path

from engagements.sessions import confirm_views, date_views, day_views, views  # noqa: F401  (the page of the link that comes with a record)

urlpatterns = [
    path("sessions/<int:pk>/log/", views.log_page, name="session-log"),
    path("sessions/<int:pk>/log/draft/", views.draft, name="session-log-draft"),
    path("sessions/<int:pk>/day/", day_views.day_page, name="session-day"),
    path("sessions/<int:pk>/dates/", date_views.dates_page, name="session-dates"),
    path("sessions/<int:pk>/tick/", views.tick, name="session-tick"),
    path("sessions/<int:pk>/next-step/", views.next_step_done, name="session-next-step"),
]
