@0xe8b7430c95d2f16b;
# What the pool tells a worker.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("offstage::schema");

using Payload = import "payload.capnp".Payload;

struct Command {
  union {
    runTask @0 :Task;
    stop @1 :Void;
    # Finish what is running, then end.
  }

  struct Task {
    id @0 :UInt64;
    body @1 :Payload;
    # The callable and its arguments.
  }
}
