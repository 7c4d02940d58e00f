"""gRPC: the only package that knows protobuf messages, status codes and sockets."""
