from django.urls import path

from engagements.journey import counter_views, views

urlpatterns = [
    path("engagements/", views.engagement_list, name="engagements"),
    path("engagements/<int:pk>/follow-up/", views.follow_up, name="follow-up"),
    path("engagements/<int:pk>/", views.engagement_page, name="engagement"),
    path("engagements/<int:pk>/sections/", counter_views.engagement_sections, name="engagement-sections"),
    path("engagements/<int:pk>/sections/ask/", counter_views.ask_sections, name="ask-sections"),
    path("section-requests/<int:pk>/", counter_views.section_request, name="section-request"),
    path("sessions/", views.session_list, name="sessions"),
    path("decisions/", views.decision_list, name="decisions"),
]
