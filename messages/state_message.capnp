@0xd1a5e2f07c3b4896;
# What a task tells its future. A legal conversation is `abandoned`, or `started`, any number of the
# messages in the middle, and then exactly one of `returned` and `raised`.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("offstage::schema");

using Payload = import "payload.capnp".Payload;
using Failure = import "failure.capnp".Failure;

struct StateMessage {
  task @0 :UInt64;
  sequence @1 :UInt32;
  # 0 for the task's first message, one more for each that follows.

  union {
    started @2 :Void;
    # The body is about to run.

    abandoned @3 :Void;
    # Final: the task was cancelled before its body began; the body never runs.

    returned @4 :Payload;
    # Final: the body returned this.

    raised @5 :Failure;
    # Final: the body ended by an exception, or something failed underneath it.

    generated @6 :Payload;
    # An item of an iteration.

    progressed @7 :Payload;
    # A report of a task with progress.

    stepped @8 :Step;
    # A report of a task in steps.

    custom @9 :Custom;
    # A message of a user's own kind of task.
  }

  struct Step {
    total @0 :UInt64;
    complete @1 :UInt64;
    message @2 :Data;
    # Text for the user: any bytes, usually UTF-8.
  }

  struct Custom {
    name @0 :Text;
    payload @1 :Payload;
  }
}
