from django.db import migrations, models

from municipalities.text import fold


def fill_search_keys(apps, schema_editor):
    """People who are there already get the key that saving gives to everybody else."""
    User = apps.get_model("accounts", "User")
    for user in User.objects.iterator():
        user.search_key = fold(f"{user.name} {user.section} {user.email}")
        user.save(update_fields=["search_key"])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="search_key",
            field=models.CharField(blank=True, editable=False, max_length=600),
        ),
        migrations.RunPython(fill_search_keys, migrations.RunPython.noop),
    ]
