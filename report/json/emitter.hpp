// A JSON emitter for the compatible keepalived.json: no blanks, keys in the order written, `/` as `\/`, reals
// in printf's %g and %f forms (state-files.md §6, decisions.md §10). Everything else in the suite uses
// nlohmann/json.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/time/instant.hpp"

namespace report {

class JsonEmitter {
  public:
    JsonEmitter& begin_object() { return open('{'); }
    JsonEmitter& end_object() { return close('}'); }
    JsonEmitter& begin_array() { return open('['); }
    JsonEmitter& end_array() { return close(']'); }
    JsonEmitter& key(std::string_view name);

    JsonEmitter& string(std::string_view text);
    JsonEmitter& integer(std::int64_t value);
    JsonEmitter& counter(std::uint64_t value);
    JsonEmitter& boolean(bool value);
    /// %g of seconds: an integral number has no fraction, because consumers read several of these into
    /// integers.
    JsonEmitter& seconds(Microseconds value);
    /// %f of seconds: six decimals.
    JsonEmitter& fixed_seconds(Microseconds value);

    std::string take() { return std::move(text_); }

  private:
    JsonEmitter& open(char bracket);
    JsonEmitter& close(char bracket);
    void separate();

    std::string text_;
    bool first_ = true;  ///< nothing stands before the next value: no comma
};

}  // namespace report
