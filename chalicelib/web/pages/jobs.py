"""How far long work is: planning anew after a publication, an import, a preview. The page looks again by itself."""

from chalice import Blueprint

from ...usecases.clockwork import jobs as usecase
from ...usecases.tables import importing
from .page import me, pages_of, ports, show

jobs = Blueprint(__name__)
page = pages_of(jobs)
TITLES = {usecase.IMPORT: ("导入", "Import"), usecase.PREVIEW: ("预览", "Preview")}


@page("/jobs/{job}")
def show_job(job):
    bearer = me()
    record = usecase.progress_for(ports().store, bearer, job)
    is_import, is_preview = (record["kind"] == kind for kind in (usecase.IMPORT, usecase.PREVIEW))
    return show(
        "job.html",
        TITLES.get(record["kind"], ("发布", "Publication")),
        job=record,
        is_import=is_import,
        is_preview=is_preview,
        is_calendar="publish-calendar" in job,
        kind=importing.kind_of(ports(), record["what"]).title if is_import else "",
        is_admin=bearer.role == "admin",
    )
