from django.urls import path

from engagements.sessions import views

urlpatterns = [
    path("sessions/<int:pk>/log/", views.log_page, name="session-log"),
    path("sessions/<int:pk>/log/draft/", views.draft, name="session-log-draft"),
    path("sessions/<int:pk>/tick/", views.tick, name="session-tick"),
    path("sessions/<int:pk>/next-step/", views.next_step_done, name="session-next-step"),
]
