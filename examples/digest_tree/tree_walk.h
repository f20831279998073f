// tree_walk: the files below some paths, in the order of the output.
//
// Question: which file is next?
// Zone:     away; made and moved at home.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "actors/offstage.h"
#include "examples/digest_tree/folder.h"
#include "examples/digest_tree/problem.h"

namespace digest_tree {

/// A regular file that was met.
struct listed_file {
  std::string path;
  std::uint64_t size_bytes = 0;
  links how = links::not_followed;

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, listed_file& x) {
    return f(x.path, x.size_bytes, x.how);
  }
};

struct listing;

/// Walks trees in the bytewise order of the paths, one step at a time.
///
/// It keeps the names in the folders that it is inside of, not those of the whole tree. It has no
/// thread: it moves into the task that takes the next step, and comes back with what was found.
/// From another process it comes back packed, and is unpacked by its next step: away, where that
/// keeps nobody waiting.
class tree_walk {
 public:
  tree_walk() = default;
  explicit tree_walk(std::vector<std::string> paths);

  /// Adds the next file or problem to `found`; returns false at the end.
  bool step(const std::stop_token& stop, listing& found);

 private:
  friend offstage::codec<tree_walk>;

  // A name with its folder's slash at the end, if it is one: sorting these sorts the paths.
  struct item {
    std::string name;
    entry what;

    template <class Inspector>
    friend typename Inspector::result_type inspect(Inspector& f, item& x) {
      return f(x.name, x.what);
    }
  };

  // What is left of one folder (or of the command line), the next one at the back.
  struct level {
    std::string prefix;
    links how = links::not_followed;
    std::vector<item> items;
    std::string next;

    template <class Inspector>
    friend typename Inspector::result_type inspect(Inspector& f, level& x) {
      return f(x.prefix, x.how, x.items, x.next);
    }
  };

  // Where it is.
  struct place {
    // Not looked at before the first step, which is taken away from home.
    std::vector<std::string> arguments;

    // A heap, the smallest `next` in front. With overlapping paths that need not be the innermost.
    std::vector<level> levels;

    template <class Inspector>
    friend typename Inspector::result_type inspect(Inspector& f, place& x) {
      return f(x.arguments, x.levels);
    }
  };

  static bool comes_later(const level& left, const level& right) { return left.next > right.next; }

  void look_at_arguments();
  void enter(level entered);
  void open(std::string path, links how, const std::stop_token& stop, listing& found);

  place at_;

  // Not empty: these bytes are the place.
  std::vector<std::byte> packed_;
};

/// What one task found, and the walk to go on with.
struct listing {
  tree_walk walk;
  std::vector<listed_file> files;
  std::vector<problem> problems;
  bool more = true;

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, listing& x) {
    return f(x.walk, x.files, x.problems, x.more);
  }
};

/// The body of a task: takes steps until `count` files or problems were found.
listing list_files(std::stop_token stop, tree_walk walk, std::size_t count);

/// How much there is.
struct tree_total {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
};

/// The body of a task: counts what a walk of these paths will find.
tree_total count_files(std::stop_token stop, const std::vector<std::string>& paths);

}  // namespace digest_tree

/// A walk is the bytes of its place.
template <>
struct offstage::codec<digest_tree::tree_walk> {
  static void encode(byte_writer& writer, const digest_tree::tree_walk& walk);
  static digest_tree::tree_walk decode(byte_reader& reader);
};
