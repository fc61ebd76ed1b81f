"""The records are kept as the text of the file, and titles may be longer."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("engagement_survey", "0002_initial")]

    operations = [
        migrations.RenameField("surveyversion", "document", "content"),
        migrations.AlterField("surveyversion", "content", models.TextField()),
        migrations.AlterField(
            "surveyversion",
            "source",
            models.CharField(choices=[("import", "ファイル"), ("grid", "入力表")], max_length=12),
        ),
        migrations.AlterField(
            "survey", "reference", models.CharField(max_length=20, unique=True, verbose_name="調査番号")
        ),
        migrations.AlterField(
            "survey", "round", models.PositiveSmallIntegerField(default=1, verbose_name="回")
        ),
        migrations.AlterField("survey", "title", models.CharField(max_length=200, verbose_name="調査の名前")),
        migrations.AlterField("survey", "held_on", models.DateField(verbose_name="実施日")),
    ]
