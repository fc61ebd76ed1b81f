from django.urls import path

from engagements.documents import arrangement_views, views

urlpatterns = [
    path("documents/", views.documents, name="documents"),
    path("documents/blank/application/", views.blank_application, name="document-blank"),
    path("documents/draft/application/<int:pk>/", views.application_draft, name="document-draft"),
    path("documents/<int:pk>/", views.document, name="document"),
    path("documents/<int:pk>/progress/", views.progress, name="document-progress"),
    path("documents/<int:pk>/file/", views.document_file, name="document-file"),
    path("documents/<int:pk>/word/", views.document_word, name="document-word"),
    path("documents/<int:pk>/differences/", views.differences, name="document-differences"),
    path("documents/<int:pk>/again/", views.try_again, name="document-again"),
    path("documents/<slug:kind>/<str:reference>/", views.request_document, name="document-request"),
    path(
        "documents/<slug:kind>/<str:reference>/arrangement/",
        arrangement_views.arrangement,
        name="document-arrangement",
    ),
    path("cases/<str:reference>/", views.published_case, name="published-case"),
    path("l/<str:token>/sheet/", views.linked_sheet, name="linked-sheet"),
    path("l/<str:token>/file/", views.linked_file, name="linked-file"),
]
