from django.urls import URLPattern, path

from accounts.entry import views

urlpatterns: list[URLPattern] = [
    path("register/", views.register, name="account_register"),
    path("register/sent/", views.registered, name="account_registered"),
    path("registrations/", views.registration_list, name="registrations"),
    path("registrations/<int:pk>/", views.registration_page, name="registration"),
]
