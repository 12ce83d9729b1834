<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>desktop::App</name>
    <message numerus="yes">
        <source>%n image(s) done.</source>
        <translation>
            <numerusform>%n image done.</numerusform>
            <numerusform>%n images done.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) failed.</source>
        <translation>
            <numerusform>%n image failed.</numerusform>
            <numerusform>%n images failed.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>desktop::Chip</name>
    <message numerus="yes">
        <source>%1: %n job(s)</source>
        <translation>
            <numerusform>%1: %n job</numerusform>
            <numerusform>%1: %n jobs</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>desktop::DetailsPanel</name>
    <message numerus="yes">
        <source>%n job(s) selected</source>
        <translation>
            <numerusform>%n job selected</numerusform>
            <numerusform>%n jobs selected</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>desktop::JobsPage</name>
    <message numerus="yes">
        <source>There were more than %n file(s); the rest was left out.</source>
        <translation>
            <numerusform>There was more than %n file; the rest was left out.</numerusform>
            <numerusform>There were more than %n files; the rest was left out.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n folder(s) could not be read.</source>
        <translation>
            <numerusform>%n folder could not be read.</numerusform>
            <numerusform>%n folders could not be read.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n job(s) removed</source>
        <translation>
            <numerusform>%n job removed</numerusform>
            <numerusform>%n jobs removed</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n job(s) could not be cancelled: %1</source>
        <translation>
            <numerusform>%n job could not be cancelled: %1</numerusform>
            <numerusform>%n jobs could not be cancelled: %1</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n job(s) could not be tried again: %1</source>
        <translation>
            <numerusform>%n job could not be tried again: %1</numerusform>
            <numerusform>%n jobs could not be tried again: %1</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n job(s) could not be removed: %1</source>
        <translation>
            <numerusform>%n job could not be removed: %1</numerusform>
            <numerusform>%n jobs could not be removed: %1</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>desktop::MainWindow</name>
    <message numerus="yes">
        <source>about %n minute(s) left</source>
        <translation>
            <numerusform>about %n minute left</numerusform>
            <numerusform>about %n minutes left</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>about %n hour(s) left</source>
        <translation>
            <numerusform>about %n hour left</numerusform>
            <numerusform>about %n hours left</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Looking through folders: %n file(s)</source>
        <translation>
            <numerusform>Looking through folders: %n file</numerusform>
            <numerusform>Looking through folders: %n files</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n job(s)</source>
        <translation>
            <numerusform>%n job</numerusform>
            <numerusform>%n jobs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Saving: %1 of %n image(s)</source>
        <translation>
            <numerusform>Saving: %1 of %n image</numerusform>
            <numerusform>Saving: %1 of %n images</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n file(s) saved.</source>
        <translation>
            <numerusform>%n file saved.</numerusform>
            <numerusform>%n files saved.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n file(s) were there already.</source>
        <translation>
            <numerusform>%n file was there already.</numerusform>
            <numerusform>%n files were there already.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n file(s) could not be saved: %1</source>
        <translation>
            <numerusform>%n file could not be saved: %1</numerusform>
            <numerusform>%n files could not be saved: %1</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>desktop::SaveDialog</name>
    <message numerus="yes">
        <source>Save %n image(s)</source>
        <translation>
            <numerusform>Save %n image</numerusform>
            <numerusform>Save %n images</numerusform>
        </translation>
    </message>
</context>
</TS>
