from django.urls import URLPattern, path

from engagements.rounds import views

urlpatterns: list[URLPattern] = [
    path("applications/<int:pk>/assign/", views.assign, name="assign"),
    path("offers/", views.offer_list, name="offers"),
    path("offers/<int:pk>/", views.offer_page, name="offer"),
]
