# shellcheck shell=bash
# What the scripts of this folder share. Sourced, never run: the caller has `set -euo pipefail`.

# The project's own folder, whatever folder the caller is in.
project="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)"

# Bazel and the cache need a home, also where a service starts us without one.
if [[ -z "${HOME:-}" ]]; then
  HOME="$(getent passwd "$(id -u)" | cut -d: -f6)"
  export HOME
fi
if [[ -z "${USER:-}" ]]; then
  USER="$(id -un)"
  export USER
fi

cache="${XDG_CACHE_HOME:-$HOME/.cache}/offstage"

# The Debian packages that the project is built with, checked with and documented with.
packages=(
  bazel-bootstrap bazel-rules-java bazel-rules-proto
  g++ clang clang-format pkg-config python3 git ca-certificates
  libcaf-dev capnproto libcapnp-dev libspdlog-dev libssl-dev
  libgtest-dev libgmock-dev
  qt6-base-dev qt6-charts-dev libqt6opengl6-dev libgtk-4-dev libwxgtk3.2-dev libboost1.81-dev libuv1-dev
  xvfb openbox xdotool imagemagick dbus at-spi2-core libatspi2.0-dev libglib2.0-dev libx11-dev libxtst-dev fonts-dejavu-core adwaita-icon-theme
  doxygen
)

say() {
  printf '%s\n' "$*" >&2
}

die() {
  printf '%s: %s\n' "$(basename -- "$0")" "$1" >&2
  exit "${2:-1}"
}

# Prints the comment at the top of a script: its help.
print_help() {
  sed -n '2,/^[^#]/{/^#/!d;s/^# \{0,1\}//;p}' "$1"
}

# A folder for Bazel's disk cache, a new one for each set of compilers and libraries: Bazel does not
# look into the system's headers, so what was built with others must not be found again.
disk_cache() {
  local versions
  versions="$(dpkg-query --show --showformat '${Package} ${Version}\n' \
    "${packages[@]}" 'g++-*' 'clang-[0-9]*' libc6-dev 'libstdc++-*-dev' 2>/dev/null | sort -u | sha256sum)"
  printf '%s/bazel/%s\n' "$cache" "${versions:0:16}"
}

# Bazel with the options of this project's scripts: `bazel_command build //...`. More start-up options may be
# given in OFFSTAGE_BAZEL_STARTUP, for instance `--output_base=DIR` to build beside another build.
bazel_command() {
  local command="$1" startup=() options=()
  shift
  read -r -a startup <<<"${OFFSTAGE_BAZEL_STARTUP:-}"
  case "$command" in
    build | test | run) options=("--disk_cache=$(disk_cache)") ;;
  esac
  (cd -- "$project" && exec bazel "${startup[@]}" "$command" "${options[@]}" "$@")
}
