// standard_containers: the standard's containers without their definitions.
//
// Question: what do the codecs of containers include that a program may never use?
// Zone:     pure.
#pragma once

// A codec of a container is a template that needs its name only. Whoever sends a container includes
// its header; every other file of a program that uses the library would compile eight of them for
// nothing. Other standard libraries, and the checked containers of this one, declare them in other
// ways.
#include <cstddef>

#if defined(__GLIBCXX__) && !defined(_GLIBCXX_DEBUG)

namespace std _GLIBCXX_VISIBILITY(default) {
  _GLIBCXX_BEGIN_NAMESPACE_VERSION
  _GLIBCXX_BEGIN_NAMESPACE_CONTAINER

  template <class, class>
  class deque;

  template <class, class, class>
  class set;
  template <class, class, class>
  class multiset;
  template <class, class, class, class>
  class map;
  template <class, class, class, class>
  class multimap;

  template <class, class, class, class>
  class unordered_set;
  template <class, class, class, class>
  class unordered_multiset;
  template <class, class, class, class, class>
  class unordered_map;
  template <class, class, class, class, class>
  class unordered_multimap;

  _GLIBCXX_END_NAMESPACE_CONTAINER

#if _GLIBCXX_USE_CXX11_ABI
  // As the macro of the library, which the second compiler warns of outside of system headers.
  inline namespace __cxx11 {
#endif
  template <class, class>
  class list;
#if _GLIBCXX_USE_CXX11_ABI
  }
#endif

  _GLIBCXX_END_NAMESPACE_VERSION
}  // namespace )

#else

#include <deque>
#include <list>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

#endif
