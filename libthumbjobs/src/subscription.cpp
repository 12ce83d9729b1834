#include <thumbjobs/engine.h>

namespace thumbjobs {

Engine::Subscription::~Subscription() = default;

} // namespace thumbjobs
