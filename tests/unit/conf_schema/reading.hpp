// A configuration given as text, read on a host that the test describes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "conf/reader.hpp"

namespace reading {

struct Outcome {
    conf::Generation generation;
    std::vector<std::string> problems;  ///< "Line N: text", what counts for -t
    std::vector<std::string> logged;    ///< what is only logged, and notes

    const conf::Model& model() const { return generation.model; }
    const conf::VrrpInstance& instance() const { return generation.model.instances.at(0); }
    int exit() const { return generation.diagnostics.exit_status(); }
    bool says(std::string_view text) const;
    /// The problem whose text holds `text`; fails the test when there is none.
    const conf::Diagnostic& problem(std::string_view text) const;
};

enum class Mode { test, run };

/// Interfaces eth0..eth3 and lo; eth3 has 192.0.2.1/24.
Outcome read(std::string_view text, Mode mode = Mode::test);

/// One vrrp_instance on eth0 with VRID 51, one VIP, and these lines.
Outcome read_instance(std::string_view lines, Mode mode = Mode::test);
/// global_defs with these lines.
Outcome read_global(std::string_view lines, Mode mode = Mode::test);

}  // namespace reading
