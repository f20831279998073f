@0xb81f6d30a94e27c5;
# Between a process and its fork server: what to load, and what to start.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("offstage::schema");

struct Preload {
  # The first message to a fork server.

  steps @0 :List(Step);
  # In this order.

  modules @1 :List(Module);
  # Those in which functions of the steps are.

  struct Step {
    name @0 :Text;
    # What to call it in messages for the user.

    union {
      library @1 :Text;
      # A shared library, to be loaded.

      function @2 :Function;
      # To be called.

      symbol @3 :Text;
      # Of the last library: a function to be called.
    }
  }

  struct Function {
    module @0 :UInt32;
    offset @1 :UInt64;
  }

  struct Module {
    path @0 :Text;
    buildId @1 :Text;
  }
}

struct Preloaded {
  # The answer to that.

  problems @0 :List(Text);
  # What did not work, for the user.

  threads @1 :UInt32;
  # How many the server has; where it is more than its own, nothing can be forked.
}

struct Launch {
  # Start a worker process. Its descriptors come with the message.

  environment @0 :List(Text);
  # All of it, as NAME=VALUE.

  numbers @1 :List(Int32);
  # Which number each of the descriptors is to have; that of the first is -1: the server writes
  # there how the process ended.

  workingDirectory @2 :Text;
  # Empty: that of the server.
}

struct Launched {
  # The answer to that; if there is a process, a descriptor of it comes along.

  process @0 :Int32;
  error @1 :Int32;
  # Of fork(2) or open(2), if there is none.
}
