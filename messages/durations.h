// durations: std::chrono without its calendars.
//
// Question: what do headers include that speak of times?
// Zone:     pure.
#pragma once

// Durations and clocks are a small part of <chrono>; the rest are calendars, and the streams that
// write them. Every file of a program that uses the library would compile those.
#if __has_include(<bits/chrono.h>)
#include <bits/chrono.h>
#else
#include <chrono>
#endif
