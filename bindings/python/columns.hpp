// SPDX-License-Identifier: MIT
//
// Columns as numpy arrays. The array shows the memory that C++ owns and keeps it alive; it can't be
// written to, since others may look at the same memory.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include <pybind11/numpy.h>

#include "sim/record/columns.hpp"

namespace shaketable::python {

namespace py = pybind11;

// `owner` is kept for as long as the array lives.
template <class T, class Owner>
py::array_t<T> array_over(const T* data, std::size_t size, Owner owner) {
    auto held = std::make_unique<Owner>(std::move(owner));
    const py::capsule base(held.get(), [](void* p) { delete static_cast<Owner*>(p); });
    held.release();  // the capsule's now
    py::array_t<T> array(static_cast<py::ssize_t>(size), data, base);
    array.attr("setflags")(py::arg("write") = false);
    return array;
}

template <class T>
py::array_t<T> array_of(const ColumnView<T>& view) {
    return array_over(view.data.get(), view.size, view.data);
}

template <class T>
py::array_t<T> array_of(std::vector<T> values) {
    const auto shared = std::make_shared<const std::vector<T>>(std::move(values));
    return array_over(shared->data(), shared->size(), shared);
}

}  // namespace shaketable::python
