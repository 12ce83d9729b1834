#include <thumbjobs/resizer.h>

namespace thumbjobs {

Resizer::~Resizer() = default;

} // namespace thumbjobs
