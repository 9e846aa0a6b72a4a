"""The REST interface, ``/api/v1``; ``/api/v1/openapi.json`` describes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

from qa.errors import YinjuError
from qa.representation import as_json
from qa.types import Hit
from ui import schema
from ui.guard.settings import ServerSettings
from ui.problems import Problem, ReadOnlyError, problem_of_request, problem_of_status
from ui.service import Service

PREFIX = "/api/v1"
LOADING_RETRY = 5  # seconds after which to ask again whether the models are loaded
_DESCRIPTION = """\
Cited question answering over a folder of Chinese articles.  Offsets count code points:
`quote == text[start:end]`.  Every error is `{"error": {"type", "code", "message"}}`.
"""
_EXPLAINED = {
    401: "A login is required.",
    403: "This server is read-only, or the request comes from another web site.",
    404: "There is no such article or kept question, or no article within the filters.",
    409: "The library is being written, or cannot be used as it is, or the watchlist is full.",
    413: "The request is too large.",
    421: "The server is called by a name that it does not have.",
    422: "The request is not what this description says.",
    429: "Too many questions; `Retry-After` tells the seconds to wait.",
    500: "The server failed.",
    503: "The models are being loaded, or cannot be.",
}


def _errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe the errors that a route can answer with, beside those of every route."""
    every = (401, 403, 413, 421, 422, 429, 500)
    return {
        status: {"model": schema.Error, "description": _EXPLAINED[status]}
        for status in sorted({*every, *statuses})
    }


def rest(service: Service, settings: ServerSettings) -> FastAPI:
    """Return the application to mount at :data:`PREFIX`."""
    app = FastAPI(
        title="引据 Yinju",
        version="1",
        description=_DESCRIPTION,
        docs_url=None,  # its page would load scripts from another host
        redoc_url=None,
        servers=[{"url": PREFIX}],
        root_path_in_servers=False,
        separate_input_output_schemas=False,
    )
    _tell_problems(app, service)
    _add_reading(app, service)
    _add_library(app, service)
    _add_writing(app, service, settings)
    return app


def _tell_problems(app: FastAPI, service: Service) -> None:
    """Answer every error in the one form."""

    def respond(problem: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
        more = {"retry-after": str(LOADING_RETRY)} if problem.status == 503 else {}
        return JSONResponse(problem.body, problem.status, {**(headers or {}), **more})

    @app.exception_handler(YinjuError)
    async def ours(_: Request, error: YinjuError) -> JSONResponse:
        return respond(service.problem(error))

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        return respond(problem_of_request(error.errors()))

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        if error.status_code == 400:  # a body that is no text
            return respond(Problem(422, "validation", error.detail))
        headers = dict(error.headers or {})
        if error.status_code == 405:
            headers["Allow"] = ", ".join(_methods_at(app, request))
        return respond(problem_of_status(error.status_code, error.detail), headers)

    @app.exception_handler(Exception)
    async def bug(_: Request, __: Exception) -> JSONResponse:
        return respond(Problem(500, "internal", "the server failed; its log tells why"))


def _methods_at(app: FastAPI, request: Request) -> list[str]:
    """Return the methods of all routes at a path; the framework names those of the first only."""
    found: set[str] = set()
    for route in app.routes:
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE:
            found |= route.methods or set()
    return sorted(found)


def _add_reading(app: FastAPI, service: Service) -> None:
    """Add the routes that run the models."""

    def hits(found: list[Hit]) -> schema.Hits:
        return schema.Hits.model_validate({"hits": as_json(found)})

    @app.post("/ask", responses=_errors(404, 409, 503))
    async def ask(request: schema.AskRequest) -> schema.Answer:
        """Answer a question with citations, or say that there is no evidence."""
        filters = request.filters.as_filters()
        answer = await service.ask(request.question, request.history, filters, wait=request.wait)
        return schema.Answer.of(answer)

    @app.post("/search", responses=_errors(409, 503))
    async def search(request: schema.SearchRequest) -> schema.Hits:
        """Return the passages nearest to a query, best first, with both scores."""
        filters, rerank = request.filters.as_filters(), request.rerank
        return hits(
            await service.search(
                request.query, request.k, filters, rerank=rerank, wait=request.wait
            )
        )

    @app.get("/search", responses=_errors(409, 503))
    async def search_by_address(
        query: Annotated[schema.SearchQuery, Query()],
    ) -> schema.Hits:
        """Return the passages nearest to a query, best first, with both scores."""
        filters, rerank = query.as_filters(), query.rerank
        return hits(
            await service.search(query.query, query.k, filters, rerank=rerank, wait=query.wait)
        )


def _add_library(app: FastAPI, service: Service) -> None:
    """Add the routes that look at the library."""

    @app.get("/articles", responses=_errors())
    def articles(query: Annotated[schema.ArticlesQuery, Query()]) -> schema.ArticleList:
        """List articles, a page at a time; those without what is sorted by come last."""
        page = service.library.catalog.page(
            "",
            query.as_filters(),
            query.sort,
            descending=query.order == "desc",
            offset=query.offset,
            limit=query.limit,
        )
        brief = [
            {name: getattr(entry, name) for name in ("id", "title", "source", "published", "path")}
            for entry in page.entries
        ]
        return schema.ArticleList(
            total=page.total,
            offset=query.offset,
            limit=query.limit,
            articles=[schema.ArticleBrief.model_validate(entry) for entry in brief],
        )

    @app.get("/articles/{article_id}", responses=_errors(404))
    def article(article_id: Annotated[schema.ArticleId, Path()]) -> schema.Article:
        """Return a whole article."""
        return schema.Article.model_validate(as_json(service.library.article(article_id)))

    @app.get("/status", responses=_errors())
    def status() -> schema.Status:
        """Tell what is indexed, with which model, and whether it matches the folder."""
        return schema.Status.of(service.status())

    @app.get("/health", responses=_errors())
    async def health() -> schema.Health:
        """Tell that the server answers; neither models nor library are asked."""
        return schema.Health(status="ok", ready=service.loading.ready)

    @app.get("/watchlist", responses=_errors())
    def watchlist() -> schema.Watchlist:
        """List the kept questions with what changed, those that changed last first."""
        found = service.library.watchlist.questions()
        return schema.Watchlist(questions=[schema.SavedQuestion.of(saved) for saved in found])

    @app.get("/sync", responses=_errors())
    async def sync_state() -> schema.SyncState:
        """Tell how far the sync is that was started here last."""
        return service.sync.state()


def _add_writing(app: FastAPI, service: Service, settings: ServerSettings) -> None:
    """Add the routes that change the library; a read-only server refuses them."""

    async def writable() -> None:
        if settings.read_only:
            raise ReadOnlyError("read_only", "this server is read-only")

    allowed = [Depends(writable)]

    @app.post("/sync", status_code=202, dependencies=allowed, responses=_errors(409))
    def sync(*, confirmed: bool = False, checksum: bool = False) -> schema.SyncState:
        """Start to make the library match its own folder; GET /sync tells how far it is.

        Where most articles would go it fails with ``sync_removes_many``, unless ``confirmed``.
        With ``checksum`` every file is read, which finds edits that kept its size and time.
        """
        return service.sync.start(confirmed=confirmed, checksum=checksum)

    @app.post("/watchlist", dependencies=allowed, responses=_errors(404, 409, 503))
    async def keep(request: schema.KeepRequest) -> schema.SavedQuestion:
        """Ask a question and keep it; one that is kept already stays as it is."""
        filters = request.filters.as_filters()
        return schema.SavedQuestion.of(
            await service.keep(request.question, filters, wait=request.wait)
        )

    @app.delete("/watchlist/{saved_id}", dependencies=allowed, responses=_errors(404))
    def drop(saved_id: Annotated[schema.SavedId, Path()]) -> schema.SavedQuestion:
        """Keep a question no more."""
        return schema.SavedQuestion.of(service.library.watchlist.drop(saved_id))

    @app.delete("/articles/{article_id}", dependencies=allowed, responses=_errors(404, 409))
    def remove(article_id: Annotated[schema.ArticleId, Path()]) -> schema.ArticleBrief:
        """Remove an article from the library; its file stays, and the next sync adds it again."""
        brief: list[dict[str, Any]] = as_json([service.library.remove(article_id)])
        return schema.ArticleBrief.model_validate(brief[0])
