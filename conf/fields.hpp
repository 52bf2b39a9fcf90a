// Visits every field of a struct of the model. Boost.PFR ends at 100 fields; global_defs has more keywords than that.
#pragma once

#include <boost/pfr.hpp>
#include <boost/preprocessor/repetition/enum_params.hpp>
#include <boost/preprocessor/repetition/repeat_from_to.hpp>
#include <cstddef>

namespace conf {

namespace detail {

template <typename Visit, typename... Fields>
void visit_all(Visit& visit, Fields&... fields) {
    (visit(fields), ...);
}

}  // namespace detail

#define KEEPALIVED_BIND_FIELDS(z, count, unused)                      \
    else if constexpr (kCount == (count)) {                           \
        auto& [BOOST_PP_ENUM_PARAMS(count, field)] = value;           \
        detail::visit_all(visit, BOOST_PP_ENUM_PARAMS(count, field)); \
    }

/// @param value  an aggregate without base classes, const or not
/// @param visit  called with each field, in the order of their declaration
template <typename T, typename Visit>
void for_each_field(T& value, Visit visit) {
    constexpr std::size_t kCount = boost::pfr::tuple_size_v<std::remove_const_t<T>>;
    if constexpr (kCount <= 100) {
        boost::pfr::for_each_field(value, visit);
    }
    BOOST_PP_REPEAT_FROM_TO(101, 180, KEEPALIVED_BIND_FIELDS, ~)
    else {
        static_assert(kCount < 180, "raise the limit above");
    }
}

#undef KEEPALIVED_BIND_FIELDS

}  // namespace conf
