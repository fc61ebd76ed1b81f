from django.urls import path

from accounts import transitions, views

urlpatterns = [
    path("l/<str:token>/", views.follow_link, name="signed-link"),
    path("do/<slug:machine>/<int:pk>/<slug:name>/", transitions.transition_page, name="transition"),
    path("accounts/resume/", views.resume_form, name="resume-form"),
]
