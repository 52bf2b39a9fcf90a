// What two models differ in, field by field, as text: "instances[0].priority: 100 -> 150".
#pragma once

#include <string>
#include <vector>

#include "conf/model.hpp"

namespace model_text {

std::vector<std::string> difference(const conf::Model& a, const conf::Model& b);

}  // namespace model_text
