#include "app.h"

int main(int argc, char** argv) {
    return thumbd::run(argc, argv);
}
