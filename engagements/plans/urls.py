from django.urls import path

from engagements.plans import answer_views, board_views, case_views, comment_views, views, workshop_views

urlpatterns = [
    path("engagements/<int:engagement>/plan/", views.plan, name="plan"),
    path("engagements/<int:engagement>/plan/begin/", views.begin, name="plan-begin"),
    path("engagements/<int:engagement>/plan/board/", board_views.board, name="plan-board"),
    path("engagements/<int:engagement>/case/", case_views.edit, name="case-edit"),
    path("plans/<int:pk>/text/", views.text, name="plan-text"),
    path("plans/<int:pk>/issues/", board_views.issues, name="plan-issues"),
    path("plans/<int:pk>/issues/<int:issue>/", board_views.issue, name="plan-issue"),
    path("plans/<int:pk>/evidence/<int:evidence>/", board_views.evidence, name="plan-evidence"),
    path("plans/<int:pk>/comments/", comment_views.comments, name="plan-comments"),
    path("plans/<int:pk>/comments/<int:comment>/", comment_views.comment, name="plan-comment"),
    path("plans/<int:pk>/workshop/", workshop_views.start, name="workshop-start"),
    path("plans/<int:pk>/workshop/projector/", workshop_views.projector, name="workshop-projector"),
    path("plans/<int:pk>/workshop/phones/", workshop_views.phones, name="workshop-phones"),
    path("plans/<int:pk>/workshop/state/", workshop_views.state, name="workshop-state"),
    path("plans/<int:pk>/workshop/notes/<int:note>/", workshop_views.note, name="workshop-note"),
    path("board/exchange/", workshop_views.exchange, name="workshop-exchange"),
    path("board/<str:code>/", workshop_views.phone, name="workshop"),
    path("plans/<int:pk>/answer/", answer_views.answer, name="plan-answer"),
    path("plans/<int:pk>/<slug:part>/", views.row, name="plan-rows"),
    path("plans/<int:pk>/<slug:part>/<int:row_pk>/", views.row, name="plan-row"),
]
