// SPDX-License-Identifier: MIT
//
// The table of keys as a JSON Schema, for editors that complete and underline while one writes.
//
// It says of a scenario file what can be said of each value by itself: names of keys, kinds of
// values, words, units, bounds of numbers. What takes more than one value to see, such as whether a
// node exists, `shaketable check` says; so a file may satisfy the schema and still be refused, but
// none that loads violates it. Required keys are not demanded, except in elements of lists: they
// may stand in a file that is extended.
//
// Source: JSON Schema, draft 7.
#pragma once

#include <string>

namespace shaketable {

// The schema as JSON text, ended by a newline.
std::string json_schema();

}  // namespace shaketable
