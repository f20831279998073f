#include "examples/digest_tree/tree_walk.h"

#include <algorithm>
#include <utility>

namespace digest_tree {
namespace {

// As find does it: one slash between folder and name.
std::string with_slash(std::string path) {
  if (path.empty() || path.back() != '/') path += '/';
  return path;
}

}  // namespace

tree_walk::tree_walk(std::vector<std::string> paths) : at_{std::move(paths), {}} {}

bool tree_walk::step(const std::stop_token& stop, listing& found) {
  if (!packed_.empty()) at_ = offstage::decode_from_bytes<place>(std::exchange(packed_, {}));
  if (!at_.arguments.empty()) look_at_arguments();
  if (at_.levels.empty() || stop.stop_requested()) return false;
  std::pop_heap(at_.levels.begin(), at_.levels.end(), comes_later);
  auto& innermost = at_.levels.back();
  const auto what = innermost.items.back().what;
  const auto how = innermost.how;
  auto path = std::move(innermost.next);
  innermost.items.pop_back();
  if (innermost.items.empty()) {
    at_.levels.pop_back();
  } else {
    innermost.next = innermost.prefix + innermost.items.back().name;
    std::push_heap(at_.levels.begin(), at_.levels.end(), comes_later);
  }
  switch (what.kind) {
    case entry_kind::file:
      found.files.push_back({std::move(path), what.size_bytes, how});
      break;
    case entry_kind::folder:
      open(std::move(path), how, stop, found);
      break;
    default:
      found.problems.push_back({std::move(path), reason(what)});
  }
  return true;
}

void tree_walk::look_at_arguments() {
  level given{"", links::followed, {}, ""};
  for (auto& path : std::exchange(at_.arguments, {})) {
    const auto what = look_at(path);
    given.items.push_back({what.kind == entry_kind::folder ? with_slash(path) : path, what});
  }
  enter(std::move(given));
}

void tree_walk::open(std::string path, links how, const std::stop_token& stop, listing& found) {
  level inside{path, links::not_followed, {}, ""};
  // A slash at the end would follow a link that has taken the folder's place.
  if (path.size() > 1) path.pop_back();
  const int error = read_folder(path, how, [&](const char* name, const entry& what) {
    // Links are left out without a word: what they lead to is listed where it lives, if at all.
    if (what.kind == entry_kind::link) return !stop.stop_requested();
    inside.items.push_back({what.kind == entry_kind::folder ? with_slash(name) : name, what});
    return !stop.stop_requested();
  });
  if (error != 0) found.problems.push_back({std::move(path), reason(error)});
  enter(std::move(inside));
}

void tree_walk::enter(level entered) {
  if (entered.items.empty()) return;
  std::sort(entered.items.begin(), entered.items.end(),
            [](const item& left, const item& right) { return left.name > right.name; });
  entered.next = entered.prefix + entered.items.back().name;
  at_.levels.push_back(std::move(entered));
  std::push_heap(at_.levels.begin(), at_.levels.end(), comes_later);
}

listing list_files(std::stop_token stop, tree_walk walk, std::size_t count) {
  listing found;
  while (found.more && found.files.size() + found.problems.size() < count) {
    found.more = walk.step(stop, found);
  }
  found.walk = std::move(walk);
  return found;
}

tree_total count_files(std::stop_token stop, const std::vector<std::string>& paths) {
  tree_total total;
  std::vector<std::string> folders;
  const auto count = [&](const std::string& path, const entry& what) {
    if (what.kind == entry_kind::folder) folders.push_back(path);
    if (what.kind != entry_kind::file) return;
    ++total.files;
    total.bytes += what.size_bytes;
  };
  for (const auto& path : paths) count(path, look_at(path));
  while (!folders.empty() && !stop.stop_requested()) {
    const auto prefix = with_slash(std::move(folders.back()));
    folders.pop_back();
    read_folder(prefix, links::followed, [&](const char* name, const entry& what) {
      count(what.kind == entry_kind::folder ? prefix + name : "", what);
      return !stop.stop_requested();
    });
  }
  return total;
}

}  // namespace digest_tree

void offstage::codec<digest_tree::tree_walk>::encode(byte_writer& writer,
                                                     const digest_tree::tree_walk& walk) {
  writer.write(walk.packed_.empty() ? encode_to_bytes(walk.at_) : walk.packed_);
}

digest_tree::tree_walk offstage::codec<digest_tree::tree_walk>::decode(byte_reader& reader) {
  digest_tree::tree_walk walk;
  walk.packed_ = reader.read<std::vector<std::byte>>();
  return walk;
}
