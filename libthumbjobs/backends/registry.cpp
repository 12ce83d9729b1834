// The one file that names all backends: a line for each.
#include <thumbjobs/registry.h>

namespace thumbjobs {

const Registry& Registry::builtin() {
    static const Registry registry = [] {
        Registry all;
        return all;
    }();
    return registry;
}

} // namespace thumbjobs
