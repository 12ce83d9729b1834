#include <thumbjobs/version.h>

#include <QApplication>
#include <QMainWindow>

#include <string>

int main(int argument_count, char** arguments) {
    QApplication application(argument_count, arguments);
    QApplication::setApplicationName("thumbjobs");
    QApplication::setApplicationVersion(QString::fromStdString(std::string(thumbjobs::version())));
    QMainWindow window;
    window.show();
    return QApplication::exec();
}
