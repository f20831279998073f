@0xe8b7430c95d2f16b;
# What the pool tells a worker.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("offstage::schema");

using Payload = import "payload.capnp".Payload;

struct Command {
  union {
    runTask @0 :Task;
    learnModule @1 :Module;
    # The next module of the parent's, in which functions of the tasks that follow may be.

    prepare @2 :Preparation;
    # To be answered by `prepared` before there are tasks.
  }

  struct Preparation {
    memoryMaxBytes @0 :UInt64;
    # How much memory of its own it may ask for; 0: as much as it likes.

    initializer @1 :Payload;
    # Nothing, or where the function is that makes the initializer (as in a task), and what that
    # function reads.
  }

  struct Task {
    id @0 :UInt64;
    body @1 :Payload;
    # The callable and its arguments. For another process: where the function is that makes a task
    # (the number of its module, in the order in which modules were learned, and its distance from
    # the module's beginning), and then what that function reads.
  }

  struct Module {
    path @0 :Text;
    # Of a shared library; empty for the program itself.

    buildId @1 :Text;
    # What the linker noted; empty if nothing.
  }
}
