from django.urls import URLPattern, path

from engagements.programme import views

urlpatterns: list[URLPattern] = [
    path("programme/", views.version_list, name="programmes"),
    path("programme/first/", views.load_first, name="programme-first"),
    path("programme/<int:pk>/", views.version_page, name="programme"),
    path("programme/<int:pk>/new/", views.new, name="programme-new"),
    path("programme/<int:pk>/settings/", views.edit_settings, name="programme-settings"),
    path("programme/<int:pk>/questions/", views.edit_questions, name="programme-questions"),
    path("programme/<int:pk>/sessions/", views.edit_sessions, name="programme-sessions"),
    path("programme/<int:pk>/in-force/", views.put_in_force, name="programme-in-force"),
    path("programme/<int:pk>/take-back/", views.take_back, name="programme-take-back"),
]
