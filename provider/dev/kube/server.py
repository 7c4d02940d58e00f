"""The dev API server itself: objects in memory, their HTTP routes, who may do what, and ways to make it fail."""

import asyncio
import datetime
import json
import ssl
from collections.abc import Sequence
from typing import Any, Final

from aiohttp import web

from provider import model
from provider.base import clock, secret
from provider.dev.kube import events, objects, reading, status, tokens

_USER: Final = web.RequestKey("user", str)


class DevKube:
    """One API server. Anybody may do anything, until `require` and `deny` say otherwise.

    Attributes:
        objects: every object by (resource, namespace, name).
        requests: (method, path) of every request that came in, also of those that hang or are refused.
        watches: those that are open, and how often they get bookmarks.
    """

    def __init__(
        self,
        *,
        issuer: str = tokens.ISSUER,
        audiences: Sequence[str] = (tokens.ISSUER,),
        time: clock.Clock | None = None,
    ) -> None:
        self.requests: list[tuple[str, str]] = []
        time = time or clock.SystemClock()
        self.objects = objects.Objects(time)
        self._signer = tokens.Signer(issuer, time)
        self._audiences = tuple(audiences)
        self._users: dict[str, str] | None = None
        self._denied: set[tuple[str, str]] = set()
        self._running = asyncio.Event()
        self._running.set()
        self.watches = reading.Watches(self.objects, self._running)
        self._runner: web.AppRunner | None = None
        self._address = ""

    async def start(self, host: str = "127.0.0.1", port: int = 0, ssl_context: ssl.SSLContext | None = None) -> str:
        """Serve on `host`:`port` (0 = any free one) and return the address."""
        app = web.Application(middlewares=[self._admit])
        namespaced = "/api/v1/namespaces/{namespace}"
        app.add_routes(
            [
                web.get("/version", self._tell_version),
                web.get("/.well-known/openid-configuration", self._discover),
                web.get("/openid/v1/jwks", self._tell_keys),
                web.post(f"{namespaced}/serviceaccounts/{{name}}/token", self._request_token),
                web.post("/apis/authentication.k8s.io/v1/tokenreviews", self._review),
                web.post("/api/v1/{resource:namespaces}", self._create),
                web.get("/api/v1/{resource:namespaces}/{name}", self._get),
                web.get("/api/v1/{resource}", self._list),
                web.get(f"{namespaced}/{{resource}}", self._list),
                web.post(f"{namespaced}/{{resource}}", self._create),
                web.get(f"{namespaced}/{{resource}}/{{name}}", self._get),
                web.delete(f"{namespaced}/{{resource}}/{{name}}", self._delete),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port, ssl_context=ssl_context).start()
        bound = self._runner.addresses[0][1]
        self._address = f"http{'s' if ssl_context else ''}://{host}:{bound}"
        return self._address

    async def stop(self) -> None:
        """Stop serving. Requests that hang are dropped."""
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    @property
    def address(self) -> str:
        """The URL, also after `stop`; "" before the first start."""
        return self._address

    @property
    def public_key_pem(self) -> str:
        """The key that tokens can be checked with."""
        return self._signer.public_key_pem

    def kubeconfig(self, token: str = "", namespace: str = "default", ca_file: str = "") -> str:
        """The text of a kubeconfig that leads here."""
        cluster = {"server": self._address, **({"certificate-authority": ca_file} if ca_file else {})}
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "dev",
            "clusters": [{"name": "dev", "cluster": cluster}],
            "users": [{"name": "dev", "user": {"token": token} if token else {}}],
            "contexts": [{"name": "dev", "context": {"cluster": "dev", "user": "dev", "namespace": namespace}}],
        }
        return json.dumps(content, indent=2)

    def create_namespace(self, name: str) -> None:
        """A namespace; one that is there stays."""
        if ("namespaces", "", name) not in self.objects:
            self.objects.add("namespaces", "", {"metadata": {"name": name}})

    def create_service_account(self, namespace: str, name: str) -> None:
        """A service account, in a namespace that is made if needed; one that is there stays."""
        self.create_namespace(namespace)
        if ("serviceaccounts", namespace, name) not in self.objects:
            self.objects.add("serviceaccounts", namespace, {"metadata": {"name": name}})

    def create_pod(self, namespace: str, name: str, service_account: str = "default", node: str = "") -> model.Pod:
        """A pod under a service account that is made if needed, on a node or not yet on any."""
        self.create_service_account(namespace, service_account)
        spec = {"serviceAccountName": service_account, **({"nodeName": node} if node else {})}
        made = self.objects.add("pods", namespace, {"metadata": {"name": name}, "spec": spec})
        return model.Pod(namespace, name, made["metadata"]["uid"], service_account)

    def delete(self, resource: str, namespace: str, name: str) -> None:
        """Take an object away: its tokens die with it, and watches tell of it."""
        del self.objects[resource, namespace, name]

    def issue_token(self, pod: model.Pod, audiences: Sequence[str] = (), seconds: float = 3600) -> secret.Secret:
        """A token as the kubelet would fetch it for a pod; with `pod.name` "" bound to the service account only."""
        account = self.objects["serviceaccounts", pod.namespace, pod.service_account]["metadata"]
        bound = self.objects["pods", pod.namespace, pod.name]["metadata"] if pod.name else None
        token, _ = self._signer.issue(account, bound, audiences or self._audiences, seconds)
        return secret.Secret(token)

    def review(self, token: str, audiences: Sequence[str] = ()) -> dict[str, Any]:
        """The `status` of a TokenReview."""
        return tokens.review(self._signer, token, audiences or self._audiences, self.objects)

    def require(self, *bearers: str) -> None:
        """From now on let in only these tokens, and those of service accounts. They replace those given before."""
        self._users = dict.fromkeys(bearers, "dev-admin")

    def deny(self, verb: str, resource: str) -> None:
        """Refuse by RBAC: ("create", "serviceaccounts/token"), ("get", "secrets")."""
        self._denied.add((verb, resource))

    def allow(self, verb: str, resource: str) -> None:
        """Take `deny` back."""
        self._denied.discard((verb, resource))

    def forget(self) -> None:
        """Forget what happened until now, as etcd does when it compacts: older versions are 410 to a watch."""
        self.objects.version += 1
        self.objects.history.forget(self.objects.version)

    def pause(self) -> None:
        """Let every request hang, as a stopped process would."""
        self._running.clear()

    def resume(self) -> None:
        """Answer again, also what hangs."""
        self._running.set()

    # What a request goes through.

    @web.middleware
    async def _admit(self, request: web.Request, handler: Any) -> web.StreamResponse:  # noqa: ANN401 -- aiohttp's
        self.requests.append((request.method, request.path))
        await self._running.wait()
        try:
            request[_USER] = self._authenticated(request)
            answer: web.StreamResponse = await handler(request)
        except status.Refusal as refusal:
            return refusal.answer()
        except web.HTTPMethodNotAllowed:
            return status.not_allowed().answer()
        except web.HTTPNotFound:
            return status.not_found("", "").answer()
        return answer

    def _authenticated(self, request: web.Request) -> str:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if self._users is None and not token:
            return "system:anonymous"
        if kind.lower() == "bearer" and token:
            if self._users and token in self._users:
                return self._users[token]
            answer = self.review(token)
            if answer.get("authenticated"):
                return str(answer["user"]["username"])
        if self._users is None:
            return "system:anonymous"
        raise status.unauthorized()

    def _authorize(self, request: web.Request, verb: str, resource: str, name: str = "", group: str = "") -> None:
        if (verb, resource) in self._denied:
            namespace = request.match_info.get("namespace", "")
            raise status.forbidden(
                user=request[_USER], verb=verb, resource=resource, name=name, namespace=namespace, group=group
            )

    @staticmethod
    async def _body(request: web.Request) -> dict[str, Any]:
        try:
            body = json.loads(await request.read())
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise status.bad_request("the object provided is unrecognized (must be of type Object)")
        return body

    @staticmethod
    def _place(request: web.Request) -> tuple[str, str]:
        resource = request.match_info["resource"]
        if resource not in objects.KINDS:
            raise status.not_found("", "")
        return resource, request.match_info.get("namespace", "")

    # Objects.

    async def _create(self, request: web.Request) -> web.Response:
        resource, namespace = self._place(request)
        self._authorize(request, "create", resource)
        body = await self._body(request)
        if resource == "events" and ("namespaces", "", namespace) in self.objects:
            events.check(namespace, body)
        return web.json_response(self.objects.add(resource, namespace, body), status=201)

    def _one(self, request: web.Request, verb: str) -> dict[str, Any]:
        resource, namespace = self._place(request)
        name = request.match_info["name"]
        self._authorize(request, verb, resource, name)
        found = self.objects.get((resource, namespace, name))
        if found is None:
            raise status.not_found(resource, name)
        return found

    async def _get(self, request: web.Request) -> web.Response:
        return web.json_response(self._one(request, "get"))

    async def _list(self, request: web.Request) -> web.StreamResponse:
        resource, namespace = self._place(request)
        is_watch = request.query.get("watch") in ("1", "true")
        self._authorize(request, "watch" if is_watch else "list", resource)
        wanted = reading.Wanted(request, resource, namespace)
        if is_watch:
            return await self.watches.serve(request, wanted)
        return web.json_response(reading.listed(self.objects, wanted))

    async def _delete(self, request: web.Request) -> web.Response:
        metadata = self._one(request, "delete")["metadata"]
        resource, namespace = self._place(request)
        self.delete(resource, namespace, metadata["name"])
        return web.json_response(status.deleted(resource, metadata["name"], metadata["uid"]))

    # Tokens.

    async def _request_token(self, request: web.Request) -> web.Response:
        namespace, name = request.match_info["namespace"], request.match_info["name"]
        self._authorize(request, "create", "serviceaccounts/token", name)
        body = await self._body(request)
        spec = body.get("spec") or {}
        account = self.objects.get(("serviceaccounts", namespace, name))
        if account is None:
            raise status.not_found("serviceaccounts", name)
        seconds = spec.get("expirationSeconds") or 3600
        if seconds < 600:
            why = f"Invalid value: {seconds}: may not specify a duration less than 10 minutes"
            raise status.invalid("TokenRequest.authentication.k8s.io", "", "spec.expirationSeconds", why)
        pod = self._bound_pod(namespace, name, spec.get("boundObjectRef"))
        audiences = spec.get("audiences") or list(self._audiences)
        token, end = self._signer.issue(account["metadata"], pod, audiences, seconds)
        moment = datetime.datetime.fromtimestamp(end, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        answer = {
            "kind": "TokenRequest",
            "apiVersion": "authentication.k8s.io/v1",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {**spec, "audiences": audiences, "expirationSeconds": seconds},
            "status": {"token": token, "expirationTimestamp": moment},
        }
        return web.json_response(answer, status=201)

    def _bound_pod(self, namespace: str, account: str, wanted: dict[str, str] | None) -> dict[str, Any] | None:
        if not wanted:
            return None
        if (wanted.get("apiVersion"), wanted.get("kind")) != ("v1", "Pod"):
            message = f"{wanted.get('apiVersion', '')}, Kind={wanted.get('kind', '')}"
            raise status.bad_request(f"cannot bind token to object of type {message}")
        name, uid = wanted.get("name", ""), wanted.get("uid", "")
        pod = self.objects.get(("pods", namespace, name))
        if pod is None:
            raise status.not_found("pods", name)
        if (runs := pod["spec"]["serviceAccountName"]) != account:
            raise status.bad_request(
                f'cannot bind token for serviceaccount "{account}" to pod running with different serviceaccount '
                f'name "{runs}".'
            )
        metadata: dict[str, Any] = pod["metadata"]
        if uid and uid != metadata["uid"]:
            why = (
                f"the UID in the bound object reference ({uid}) does not match the UID in record. "
                "The object might have been deleted and then recreated"
            )
            raise status.conflict("Pod", name, why)
        return metadata

    async def _review(self, request: web.Request) -> web.Response:
        self._authorize(request, "create", "tokenreviews", group="authentication.k8s.io")
        body = await self._body(request)
        spec = body.get("spec") or {}
        answer = {
            "kind": "TokenReview",
            "apiVersion": "authentication.k8s.io/v1",
            "metadata": {},
            "spec": spec,
            "status": self.review(spec.get("token", ""), spec.get("audiences") or ()),
        }
        return web.json_response(answer, status=201)

    async def _discover(self, request: web.Request) -> web.Response:  # noqa: ARG002 -- aiohttp's signature
        answer = {
            "issuer": self._signer.issuer,
            "jwks_uri": f"{self._address}/openid/v1/jwks",
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }
        return web.json_response(answer)

    async def _tell_keys(self, request: web.Request) -> web.Response:  # noqa: ARG002 -- aiohttp's signature
        return web.json_response(self._signer.jwks(), content_type="application/jwk-set+json")

    async def _tell_version(self, request: web.Request) -> web.Response:  # noqa: ARG002 -- aiohttp's signature
        return web.json_response({"major": "1", "minor": "36", "gitVersion": "v1.36.0-dev"})
