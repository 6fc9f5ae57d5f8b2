"""Pulumi's ResourceProvider protocol over a Package. The methods' names are the protocol's."""
# ruff: noqa: N802

from __future__ import annotations

import functools
import json
import logging
import threading
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import any_pb2, empty_pb2
from google.rpc import status_pb2
from grpc_status import rpc_status
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from localcloud.errors import LocalCloudError
from localcloud.providers.autonaming import NameRequest
from localcloud.providers.errors import (
    Failure,
    InitializationFailedError,
    InterruptedCallError,
    NotSupportedError,
)
from localcloud.providers.package import Package
from localcloud.providers.session import Session, Subject
from localcloud.wire import urns
from localcloud.wire.typed import decode, encode

MAX_SESSIONS = 512
Method = Callable[..., Any]

log = logging.getLogger(__name__)


def answers(method: Method) -> Method:
    """Turn what a call raises into a gRPC status of one clear line."""

    @functools.wraps(method)
    def wrapper(self: ProviderServicer, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return method(self, request, context)
        except InitializationFailedError as error:
            return context.abort_with_status(_initialization_failed(error))
        except NotSupportedError as error:
            return context.abort(grpc.StatusCode.UNIMPLEMENTED, str(error))
        except LocalCloudError as error:
            return context.abort(grpc.StatusCode.UNKNOWN, str(error))
        except Exception as error:  # a fault of this provider: one line for the engine, all of it in the log
            log.exception("%s failed", method.__name__)
            line = f"{type(error).__name__} in {self.package.name} provider: {error}"
            return context.abort(grpc.StatusCode.INTERNAL, line.replace("\n", " "))

    return wrapper


def _initialization_failed(error: InitializationFailedError) -> grpc.Status:
    detail = any_pb2.Any()
    detail.Pack(
        provider_pb2.ErrorResourceInitFailed(
            id=error.identifier, properties=encode(error.outputs), reasons=error.reasons
        )
    )
    code = grpc.StatusCode.UNKNOWN.value[0]
    return rpc_status.to_status(status_pb2.Status(code=code, message=str(error), details=[detail]))


class ProviderServicer(provider_pb2_grpc.ResourceProviderServicer):
    """Serves one package to any number of engines and provider instances.

    A call says nothing of the provider instance it is for, but an engine has a connection for each instance; so the
    settings are kept by connection. A connection that never configured (opened anew) gets the last settings.
    """

    def __init__(self, package: Package) -> None:
        self.package = package
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._last = Session()
        self._lock = threading.Lock()
        self._turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._waiting: Counter[str] = Counter()

    @contextmanager
    def _turn(self, subject: Subject) -> Iterator[None]:
        """One change of a resource at a time: what a killed engine asked for may still be under way."""
        with self._lock:
            turn = self._turns[subject.urn]
            self._waiting[subject.urn] += 1
        try:
            with turn:
                if subject.ended.is_set():
                    raise InterruptedCallError
                yield
        finally:
            with self._lock:
                self._waiting[subject.urn] -= 1
                if not self._waiting[subject.urn]:
                    del self._waiting[subject.urn], self._turns[subject.urn]

    def _opening(self, context: grpc.ServicerContext, *, anew: bool = False) -> Session:
        """The connection's own session, made if it has none. `anew`: it just began, maybe on an earlier one's port."""
        with self._lock:
            if anew:
                self._sessions.pop(context.peer(), None)
            session = self._sessions.setdefault(context.peer(), Session())
            self._sessions.move_to_end(context.peer())
            if len(self._sessions) > MAX_SESSIONS:
                self._sessions.popitem(last=False)
            return session

    def _session(self, context: grpc.ServicerContext) -> Session:
        with self._lock:
            session = self._sessions.get(context.peer())
            if session is None or session.settings is None:
                session = self._last
        if session.settings is None:
            session.settings = self.package.configure({})
        return session

    def _subject(self, request: Any, context: grpc.ServicerContext) -> Subject:
        urn = request.urn
        token = request.type or urns.type_of(urn)
        name = request.name or urns.name_of(urn)
        timeout = getattr(request, "timeout", 0.0)
        session, ended = self._session(context), threading.Event()
        session.under_way.add(ended)

        def end() -> None:
            ended.set()
            session.under_way.discard(ended)

        if not context.add_callback(end):
            end()
        return Subject(session, token, urn, name, getattr(request, "id", ""), timeout, ended)

    @answers
    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:
        session = self._opening(context, anew=True)
        session.attach(request.engine_address)
        folder = request.program_directory or request.root_directory
        session.folder = Path(folder) if folder else session.folder
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, supports_autonaming_configuration=True)

    @answers
    def Attach(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._opening(context).attach(request.address)
        return empty_pb2.Empty()

    @answers
    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        return plugin_pb2.PluginInfo(version=self.package.sdk.version)

    @answers
    def GetSchema(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Only what says whose schema it would be: programs use the SDK, which was made of the real one."""
        schema = {"name": self.package.name, "version": self.package.sdk.version}
        return provider_pb2.GetSchemaResponse(schema=json.dumps(schema))

    @answers
    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._opening(context).cancel()
        return empty_pb2.Empty()

    @answers
    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        failures = self.package.check_settings(decode(request.news))
        return provider_pb2.CheckResponse(inputs=request.news, failures=_messages(failures))

    @answers
    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        olds = decode(request.old_inputs if request.old_inputs.fields else request.olds)
        return self.package.diff_settings(olds, decode(request.news)).to_message()

    @answers
    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        session = self._opening(context)
        settings = decode(request.args) or {key.split(":")[-1]: text for key, text in request.variables.items()}
        session.settings = self.package.configure(settings)
        self._last = session
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, supports_autonaming_configuration=True
        )

    @answers
    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:
        options = request.autonaming if request.HasField("autonaming") else None
        subject = self._subject(request, context)
        naming = NameRequest(subject.name, request.urn, request.randomSeed, options)
        inputs, failures = self.package.check(subject, decode(request.olds), decode(request.news), naming)
        return provider_pb2.CheckResponse(inputs=encode(inputs), failures=_messages(failures))

    @answers
    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:
        state = decode(request.olds)
        old_inputs = decode(request.old_inputs) if request.HasField("old_inputs") else state
        subject = self._subject(request, context)
        self.package.ledger.confirm(self.package.key(subject), old_inputs)
        return self.package.diff(
            subject, old_inputs, state, decode(request.news), list(request.ignoreChanges)
        ).to_message()

    @answers
    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:
        subject, inputs = self._subject(request, context), decode(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=encode(self.package.preview_create(subject, inputs)))
        with self._turn(subject):
            identifier, outputs = self.package.create(subject, inputs)
        return provider_pb2.CreateResponse(id=identifier, properties=encode(outputs))

    @answers
    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:
        subject, inputs = self._subject(request, context), decode(request.inputs)
        found = self.package.read(subject, inputs, decode(request.properties))
        if inputs:
            self.package.ledger.confirm(self.package.key(subject), inputs)
        else:  # The user names it: to import it, or to look it up.
            self.package.ledger.remove(self.package.key(subject))
        if found is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=found.identifier, properties=encode(found.outputs), inputs=encode(found.inputs)
        )

    @answers
    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:
        subject, state, news = self._subject(request, context), decode(request.olds), decode(request.news)
        old_inputs = decode(request.old_inputs) if request.HasField("old_inputs") else state
        self.package.ledger.confirm(self.package.key(subject), old_inputs)
        if request.preview:
            return provider_pb2.UpdateResponse(
                properties=encode(self.package.preview_update(subject, old_inputs, state, news))
            )
        with self._turn(subject):
            return provider_pb2.UpdateResponse(properties=encode(self.package.update(subject, old_inputs, state, news)))

    @answers
    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:
        subject = self._subject(request, context)
        with self._turn(subject):
            self.package.delete(subject, decode(request.old_inputs), decode(request.properties))
            self.package.ledger.remove(self.package.key(subject))
        return empty_pb2.Empty()

    @answers
    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:
        result, failures = self.package.invoke(self._session(context), request.tok, decode(request.args))
        return provider_pb2.InvokeResponse(**{"return": encode(result), "failures": _messages(failures)})


def _messages(failures: Iterable[Failure]) -> list[provider_pb2.CheckFailure]:
    return [provider_pb2.CheckFailure(property=failure.path, reason=failure.reason) for failure in failures]
