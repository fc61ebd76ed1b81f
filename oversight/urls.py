from django.urls import path

from oversight import views

urlpatterns = [
    path("", views.home, name="home"),
    path("waiting/", views.waiting, name="waiting"),
    path("search/", views.search, name="search"),
    path("oversight/late/", views.late, name="oversight-late"),
    path("oversight/outbox/", views.outbox_list, name="oversight-outbox"),
    path("oversight/outbox/<int:pk>/retry/", views.retry, name="oversight-retry"),
    path("oversight/ledger/", views.ledger, name="oversight-ledger"),
    path("oversight/ledger/keep/", views.keep_ledger, name="oversight-ledger-keep"),
    path("oversight/log/", views.log, name="oversight-log"),
]
