from django.urls import URLPattern, path

from accounts.entry import office_views, own_views, town_views, views

urlpatterns: list[URLPattern] = [
    path("settings/", own_views.own_settings, name="own-settings"),
    path("settings/tokens/", own_views.own_tokens, name="own-tokens"),
    path("register/", views.register, name="account_register"),
    path("register/sent/", views.registered, name="account_registered"),
    path("registrations/", views.registration_list, name="registrations"),
    path("registrations/<int:pk>/", views.registration_page, name="registration"),
    path("town/", town_views.my_town, name="my-town"),
    path("town/<str:code>/", town_views.town_people, name="town-people"),
    path("town/<str:code>/invite/", town_views.invite, name="town-invite"),
    path("town/<str:code>/sections/add/", town_views.add_mailbox, name="mailbox-add"),
    path("sections/<int:pk>/change/", town_views.change_mailbox, name="mailbox-change"),
    path("sections/<int:pk>/close/", town_views.close_mailbox, name="mailbox-close"),
    path("invite/", town_views.invite_anybody, name="invite"),
    path("invitations/<int:pk>/", town_views.invitation_page, name="invitation"),
    path("roles/<int:pk>/hand-over/", town_views.hand_over, name="hand-over"),
    path("handovers/<int:pk>/", town_views.handover_page, name="handover"),
    path("people/", office_views.account_list, name="accounts"),
    path("people/<int:pk>/", office_views.account_page, name="account"),
    path("people/<int:pk>/<str:act>/", office_views.account_act, name="account-act"),
    path("domains/", office_views.domains, name="trusted-domains"),
    path("april/", office_views.april, name="april"),
]
