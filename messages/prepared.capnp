@0xd1a58c3f7be24906;
# What a worker process answers to `prepare`: it is ready, or why it never will be.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("offstage::schema");

using Failure = import "failure.capnp".Failure;

struct Prepared {
  union {
    ready @0 :Void;
    failed @1 :Failure;
    # What its initializer raised.
  }
}
