"""An in-memory API server: tokens for pods and their review, Secrets, Events, watches, and the objects these need."""

from provider.dev.kube.server import DevKube as DevKube
