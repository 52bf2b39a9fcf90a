// Complaints line by line: what the reference said of a file against what we say.
#pragma once

#include <string>
#include <vector>

#include "conf/diagnostic.hpp"

namespace conf_test {

/// One message: "(FILE: Line 7) text" has a line, what is found after reading has none (0).
struct Complaint {
    unsigned line = 0;
    std::string text;
    bool counts = true;            ///< for the exit status; else only printed
    bool stands_for_more = false;  ///< further ones of the same text were only counted
};

Complaint complaint_of(const std::string& message);
std::vector<Complaint> complaints_of(const conf::Diagnostics& diagnostics);

struct Agreement {
    std::vector<Complaint> silent;    ///< lines of which only the reference complains
    std::vector<Complaint> alone;     ///< lines of which only we complain
    std::vector<std::string> worded;  ///< said by both in other words
};

/// @param cut  the reference's list lacks its beginning: nothing follows from what is not in it
Agreement compare(const std::vector<Complaint>& reference, const std::vector<Complaint>& ours, bool cut);

}  // namespace conf_test
