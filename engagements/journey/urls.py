from django.urls import path

from engagements.journey import views

urlpatterns = [
    path("engagements/", views.engagement_list, name="engagements"),
    path("engagements/<int:pk>/follow-up/", views.follow_up, name="follow-up"),
    path("engagements/<int:pk>/", views.engagement_page, name="engagement"),
    path("sessions/", views.session_list, name="sessions"),
    path("decisions/", views.decision_list, name="decisions"),
]
