#include "examples/digest_tree/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

namespace digest_tree {
namespace {

struct folder_closer {
  void operator()(DIR* open) const { ::closedir(open); }
};

entry from_status(const struct stat& status) {
  switch (status.st_mode & S_IFMT) {
    case S_IFREG:
      return {entry_kind::file, 0, static_cast<std::uint64_t>(status.st_size)};
    case S_IFDIR:
      return {entry_kind::folder};
    case S_IFIFO:
      return {entry_kind::fifo};
    case S_IFSOCK:
      return {entry_kind::socket};
    case S_IFLNK:
      return {entry_kind::link};
    default:
      return {entry_kind::device};
  }
}

// Looks at an entry of an open folder. Its type often comes with the name.
entry look_in(int folder, const dirent& item) {
  switch (item.d_type) {
    case DT_DIR:
      return {entry_kind::folder};
    case DT_FIFO:
      return {entry_kind::fifo};
    case DT_SOCK:
      return {entry_kind::socket};
    case DT_CHR:
    case DT_BLK:
      return {entry_kind::device};
    default:
      break;
  }
  struct stat status;
  if (::fstatat(folder, item.d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return {entry_kind::unknown, errno};
  }
  auto found = from_status(status);
  if (found.kind == entry_kind::link && ::fstatat(folder, item.d_name, &status, 0) != 0) {
    return {entry_kind::broken_link, errno};
  }
  return found;
}

bool is_dots(const char* name) {
  return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

}  // namespace

std::string reason(int error) { return std::generic_category().message(error); }

std::string reason(const entry& of) {
  switch (of.kind) {
    case entry_kind::broken_link:
      return "broken link (" + reason(of.error) + ")";
    case entry_kind::fifo:
      return "not a regular file (a fifo)";
    case entry_kind::socket:
      return "not a regular file (a socket)";
    case entry_kind::device:
      return "not a regular file (a device)";
    case entry_kind::unknown:
      return reason(of.error);
    case entry_kind::file:
    case entry_kind::folder:
    case entry_kind::link:
      break;
  }
  return "not a regular file";
}

entry look_at(const std::string& path) {
  struct stat status;
  if (::stat(path.c_str(), &status) == 0) return from_status(status);
  const int error = errno;
  const bool is_link = ::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
  return {is_link ? entry_kind::broken_link : entry_kind::unknown, error};
}

int read_folder(const std::string& path, links how,
                const std::function<bool(const char* name, const entry&)>& visit) {
  const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY |
                    (how == links::followed ? 0 : O_NOFOLLOW);
  const int descriptor = ::open(path.c_str(), flags);
  if (descriptor < 0) return errno;
  const std::unique_ptr<DIR, folder_closer> folder(::fdopendir(descriptor));
  if (!folder) {
    const int error = errno;
    ::close(descriptor);
    return error;
  }
  for (;;) {
    errno = 0;
    const dirent* item = ::readdir(folder.get());
    if (item == nullptr) return errno;
    if (is_dots(item->d_name)) continue;
    if (!visit(item->d_name, look_in(descriptor, *item))) return 0;
  }
}

}  // namespace digest_tree
