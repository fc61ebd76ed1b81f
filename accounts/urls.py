from django.urls import path

from accounts import draft_views, transitions, views

urlpatterns = [
    path("drafts/", draft_views.own, name="drafts"),
    path("l/<str:token>/draft/", draft_views.by_link, name="link-drafts"),
    path("l/<str:token>/", views.follow_link, name="signed-link"),
    path("do/<slug:machine>/<int:pk>/<slug:name>/", transitions.transition_page, name="transition"),
    path("accounts/password/reset/", views.reset_password, name="account_reset_password"),
    path("accounts/resume/", views.resume_form, name="resume-form"),
]
