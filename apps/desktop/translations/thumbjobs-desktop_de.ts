<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>FileName</name>
    <message>
        <source>The pattern is empty.</source>
        <translation>Das Muster ist leer.</translation>
    </message>
    <message>
        <source>The pattern has %1 characters; at most %2 are taken.</source>
        <translation>Das Muster hat %1 Zeichen; höchstens %2 werden genommen.</translation>
    </message>
    <message>
        <source>A &quot;}&quot; has no &quot;{&quot; before it; a brace itself is written &quot;}}&quot;.</source>
        <translation>Vor einer „}“ fehlt die „{“; die Klammer selbst schreibt man „}}“.</translation>
    </message>
    <message>
        <source>&quot;%1&quot; cannot be in a file&apos;s name.</source>
        <translation>„%1“ kann nicht in einem Dateinamen stehen.</translation>
    </message>
    <message>
        <source>A &quot;{&quot; is not closed.</source>
        <translation>Eine „{“ ist nicht geschlossen.</translation>
    </message>
    <message>
        <source>There is no field {%1}; there are {name}, {rendition}, {width}, {height}, {index}, {date}, {id} and {ext}.</source>
        <translation>Ein Feld {%1} gibt es nicht; es gibt {name}, {rendition}, {width}, {height}, {index}, {date}, {id} und {ext}.</translation>
    </message>
    <message>
        <source>{%1} is not understood; {index:4} fills up to 4 digits (1 to 9).</source>
        <translation>{%1} ist unverständlich; {index:4} füllt auf 4 Ziffern auf (1 bis 9).</translation>
    </message>
</context>
<context>
    <name>SafeWrite</name>
    <message>
        <source>The disk is full.</source>
        <translation>Die Platte ist voll.</translation>
    </message>
    <message>
        <source>The folder may not be written to.</source>
        <translation>In den Ordner darf nicht geschrieben werden.</translation>
    </message>
    <message>
        <source>The disk is read-only.</source>
        <translation>Die Platte ist schreibgeschützt.</translation>
    </message>
    <message>
        <source>The folder is gone.</source>
        <translation>Den Ordner gibt es nicht mehr.</translation>
    </message>
    <message>
        <source>There is a folder of this name.</source>
        <translation>Es gibt einen Ordner dieses Namens.</translation>
    </message>
    <message>
        <source>The name is too long.</source>
        <translation>Der Name ist zu lang.</translation>
    </message>
    <message>
        <source>The file cannot be written: %1</source>
        <translation>Die Datei lässt sich nicht schreiben: %1</translation>
    </message>
    <message>
        <source>This is the original image; it is not overwritten.</source>
        <translation>Das ist das Originalbild; es wird nicht überschrieben.</translation>
    </message>
</context>
<context>
    <name>ServerAddress</name>
    <message>
        <source>Enter the address of a server, such as https://thumbs.example.org/.</source>
        <translation>Bitte die Adresse eines Servers eingeben, etwa https://thumbs.example.org/.</translation>
    </message>
    <message>
        <source>This is no address of a server; one looks like https://thumbs.example.org/ or localhost:8080.</source>
        <translation>Das ist keine Serveradresse; eine sieht aus wie https://thumbs.example.org/ oder localhost:8080.</translation>
    </message>
    <message>
        <source>An address of a server begins with http:// or https://.</source>
        <translation>Eine Serveradresse beginnt mit http:// oder https://.</translation>
    </message>
    <message>
        <source>Leave user and password out of the address; the token has a field of its own.</source>
        <translation>Bitte Benutzer und Passwort aus der Adresse weglassen; das Token hat ein eigenes Feld.</translation>
    </message>
    <message>
        <source>Leave out of the address what begins with ? or #.</source>
        <translation>Bitte weglassen, was in der Adresse mit ? oder # beginnt.</translation>
    </message>
</context>
<context>
    <name>Tokens</name>
    <message>
        <source>The file of tokens cannot be read.</source>
        <translation>Die Datei mit den Token lässt sich nicht lesen.</translation>
    </message>
    <message>
        <source>The file of tokens can be read by others, so it was not used. Have the tokens replaced, and enter the new ones.</source>
        <translation>Die Datei mit den Token ist für andere lesbar und wurde deshalb nicht benutzt. Bitte die Token ersetzen lassen und die neuen eingeben.</translation>
    </message>
    <message>
        <source>The token could not be saved: %1.</source>
        <translation>Das Token ließ sich nicht speichern: %1.</translation>
    </message>
</context>
<context>
    <name>desktop::AboutBox</name>
    <message>
        <source>About thumbjobs</source>
        <translation>Über thumbjobs</translation>
    </message>
    <message>
        <source>Version %1, Qt %2</source>
        <translation>Version %1, Qt %2</translation>
    </message>
    <message>
        <source>Makes thumbnails as jobs that survive a crash, on this computer or on a server.</source>
        <translation>Macht Vorschaubilder in Aufträgen, die einen Absturz überstehen, auf diesem Computer oder auf einem Server.</translation>
    </message>
    <message>
        <source>MIT licence. Images are decoded by libvips, in a process that can open no file and reach no network.</source>
        <translation>MIT-Lizenz. Bilder liest libvips, in einem Prozess, der keine Datei öffnen und kein Netz erreichen kann.</translation>
    </message>
</context>
<context>
    <name>desktop::ActivityPanel</name>
    <message>
        <source>%1 ms</source>
        <translation>%1 ms</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1 s</translation>
    </message>
    <message>
        <source>%1 min</source>
        <translation>%1 min</translation>
    </message>
    <message>
        <source>%1 min %2 s</source>
        <translation>%1 min %2 s</translation>
    </message>
    <message>
        <source>Jobs per minute</source>
        <translation>Aufträge pro Minute</translation>
    </message>
    <message>
        <source>In the queue</source>
        <translation>In der Schlange</translation>
    </message>
    <message>
        <source>Time to thumbnail</source>
        <translation>Zeit bis zum Bild</translation>
    </message>
    <message>
        <source>Activity of the last minutes</source>
        <translation>Verlauf der letzten Minuten</translation>
    </message>
    <message>
        <source>p50</source>
        <translation>p50</translation>
    </message>
    <message>
        <source>p95</source>
        <translation>p95</translation>
    </message>
</context>
<context>
    <name>desktop::App</name>
    <message>
        <source>The token could not be stored: %1</source>
        <translation>Das Token ließ sich nicht speichern: %1</translation>
    </message>
    <message>
        <source>The stored token could not be read: %1</source>
        <translation>Das gespeicherte Token ließ sich nicht lesen: %1</translation>
    </message>
    <message>
        <source>Enter token…</source>
        <translation>Token eingeben …</translation>
    </message>
    <message>
        <source>Connecting to %1…</source>
        <translation>Verbinde mit %1 …</translation>
    </message>
    <message>
        <source>Reconnecting to %1…</source>
        <translation>Verbinde wieder mit %1 …</translation>
    </message>
    <message>
        <source>Reconnecting to %1… %2</source>
        <translation>Verbinde wieder mit %1 … %2</translation>
    </message>
    <message>
        <source>Try now</source>
        <translation>Jetzt versuchen</translation>
    </message>
    <message>
        <source>%1 does not accept the token.</source>
        <translation>%1 nimmt das Token nicht an.</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Noch einmal</translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) done.</source>
        <translation>
            <numerusform>%n Bild ist fertig.</numerusform>
            <numerusform>%n Bilder sind fertig.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) failed.</source>
        <translation>
            <numerusform>%n Bild ist fehlgeschlagen.</numerusform>
            <numerusform>%n Bilder sind fehlgeschlagen.</numerusform>
        </translation>
    </message>
    <message>
        <source>Thumbnails are ready</source>
        <translation>Die Vorschaubilder sind fertig</translation>
    </message>
</context>
<context>
    <name>desktop::Chip</name>
    <message>
        <source>All</source>
        <translation>Alle</translation>
    </message>
    <message numerus="yes">
        <source>%1: %n job(s)</source>
        <translation>
            <numerusform>%1: %n Auftrag</numerusform>
            <numerusform>%1: %n Aufträge</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>desktop::ColourButton</name>
    <message>
        <source>Reset</source>
        <translation>Zurücksetzen</translation>
    </message>
    <message>
        <source>Background</source>
        <translation>Hintergrund</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>Automatisch</translation>
    </message>
    <message>
        <source>White for JPEG, transparent otherwise</source>
        <translation>Weiß bei JPEG, sonst durchsichtig</translation>
    </message>
</context>
<context>
    <name>desktop::CommandLine</name>
    <message>
        <source>Makes thumbnails of images, on this computer or on a thumbd server.</source>
        <translation>Macht Vorschaubilder, auf diesem Computer oder auf einem thumbd-Server.</translation>
    </message>
    <message>
        <source>Prints this help.</source>
        <translation>Gibt diese Hilfe aus.</translation>
    </message>
    <message>
        <source>Prints the version.</source>
        <translation>Gibt die Version aus.</translation>
    </message>
    <message>
        <source>Works on the thumbd server at this address. Its token is asked for in the window.</source>
        <translation>Arbeitet auf dem thumbd-Server unter dieser Adresse. Nach dessen Token wird im Fenster gefragt.</translation>
    </message>
    <message>
        <source>Works on this computer.</source>
        <translation>Arbeitet auf diesem Computer.</translation>
    </message>
    <message>
        <source>Images, or folders of images, to make thumbnails of.</source>
        <translation>Bilder oder Ordner mit Bildern, aus denen Vorschaubilder werden sollen.</translation>
    </message>
    <message>
        <source>--local and --server exclude each other.</source>
        <translation>--local und --server schließen einander aus.</translation>
    </message>
    <message>
        <source>--server is &quot;%1&quot;; an address such as https://host/path is wanted, without a name or a password.</source>
        <translation>--server ist „%1“; gewünscht ist eine Adresse wie https://host/pfad, ohne Name und Passwort.</translation>
    </message>
</context>
<context>
    <name>desktop::ConnectDialog</name>
    <message>
        <source>&amp;This computer</source>
        <translation>&amp;Dieser Computer</translation>
    </message>
    <message>
        <source>A thumbd &amp;server</source>
        <translation>Ein thumbd-&amp;Server</translation>
    </message>
    <message>
        <source>Connect</source>
        <translation>Verbinden</translation>
    </message>
    <message>
        <source>Images are worked on here, by a protected process of this program. Unfinished jobs go on after a restart.</source>
        <translation>Bilder werden hier bearbeitet, von einem abgeschirmten Prozess dieses Programms. Unfertige Aufträge gehen nach einem Neustart weiter.</translation>
    </message>
    <message>
        <source>Images are sent to a server, which all who may use it share. You see its jobs.</source>
        <translation>Bilder gehen an einen Server, den sich alle teilen, die ihn nutzen dürfen. Zu sehen sind seine Aufträge.</translation>
    </message>
    <message>
        <source>Stored; leave empty to keep it</source>
        <translation>Gespeichert; leer lassen, um es zu behalten</translation>
    </message>
    <message>
        <source>Empty if the server wants none</source>
        <translation>Leer, wenn der Server keines will</translation>
    </message>
    <message>
        <source>Only for certificates of your own authority</source>
        <translation>Nur für Zertifikate einer eigenen Stelle</translation>
    </message>
    <message>
        <source>Choose a file</source>
        <translation>Datei wählen</translation>
    </message>
    <message>
        <source>Choose a file of certificates</source>
        <translation>Datei mit Zertifikaten wählen</translation>
    </message>
    <message>
        <source>Certificates</source>
        <translation>Zertifikate</translation>
    </message>
    <message>
        <source>Certificates (*.pem *.crt *.cer);;All files (*)</source>
        <translation>Zertifikate (*.pem *.crt *.cer);;Alle Dateien (*)</translation>
    </message>
    <message>
        <source>&amp;Address:</source>
        <translation>&amp;Adresse:</translation>
    </message>
    <message>
        <source>T&amp;oken:</source>
        <translation>T&amp;oken:</translation>
    </message>
    <message>
        <source>C&amp;ertificates:</source>
        <translation>&amp;Zertifikate:</translation>
    </message>
    <message>
        <source>Without https, others in the network can read the token and the images.</source>
        <translation>Ohne https können andere im Netz das Token und die Bilder mitlesen.</translation>
    </message>
    <message>
        <source>Use this computer</source>
        <translation>Diesen Computer nutzen</translation>
    </message>
    <message>
        <source>Kept in the keychain, or in a file that only you can read.</source>
        <translation>Liegt im Schlüsselbund oder in einer Datei, die nur Sie lesen können.</translation>
    </message>
</context>
<context>
    <name>desktop::Credentials</name>
    <message>
        <source>The keychain was not unlocked.</source>
        <translation>Der Schlüsselbund wurde nicht geöffnet.</translation>
    </message>
</context>
<context>
    <name>desktop::DetailsPanel</name>
    <message>
        <source>Original</source>
        <translation>Original</translation>
    </message>
    <message>
        <source>Thumbnails</source>
        <translation>Vorschaubilder</translation>
    </message>
    <message>
        <source>Show log</source>
        <translation>Protokoll zeigen</translation>
    </message>
    <message>
        <source>Log of the job</source>
        <translation>Protokoll des Auftrags</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>Einzelheiten</translation>
    </message>
    <message>
        <source>Nothing selected</source>
        <translation>Nichts ausgewählt</translation>
    </message>
    <message>
        <source>Select a job to see all about it here.</source>
        <translation>Wer einen Auftrag auswählt, sieht hier alles über ihn.</translation>
    </message>
    <message numerus="yes">
        <source>%n job(s) selected</source>
        <translation>
            <numerusform>%n Auftrag ausgewählt</numerusform>
            <numerusform>%n Aufträge ausgewählt</numerusform>
        </translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>Together</source>
        <translation>Zusammen</translation>
    </message>
    <message>
        <source>%1 after %2</source>
        <translation>%1 nach %2</translation>
    </message>
    <message>
        <source>Pixels</source>
        <translation>Pixel</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>Format</translation>
    </message>
    <message>
        <source>%1 wanted</source>
        <translation>%1 gewünscht</translation>
    </message>
    <message>
        <source>Submitted</source>
        <translation>Eingereicht</translation>
    </message>
    <message>
        <source>Begun</source>
        <translation>Begonnen</translation>
    </message>
    <message>
        <source>Ended</source>
        <translation>Beendet</translation>
    </message>
    <message>
        <source>Next attempt</source>
        <translation>Nächster Versuch</translation>
    </message>
    <message>
        <source>Attempts</source>
        <translation>Versuche</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 von %2</translation>
    </message>
    <message>
        <source>Crashes</source>
        <translation>Abstürze</translation>
    </message>
    <message>
        <source>Job</source>
        <translation>Auftrag</translation>
    </message>
    <message>
        <source>Hide log</source>
        <translation>Protokoll verbergen</translation>
    </message>
    <message>
        <source>No lines</source>
        <translation>Keine Zeilen</translation>
    </message>
    <message>
        <source>History</source>
        <translation>Verlauf</translation>
    </message>
</context>
<context>
    <name>desktop::EmptyState</name>
    <message>
        <source>Choose images…</source>
        <translation>Bilder wählen …</translation>
    </message>
    <message>
        <source>Choose a folder…</source>
        <translation>Ordner wählen …</translation>
    </message>
    <message>
        <source>Show all jobs</source>
        <translation>Alle Aufträge zeigen</translation>
    </message>
    <message>
        <source>Drop images here</source>
        <translation>Bilder hierher ziehen</translation>
    </message>
    <message>
        <source>or whole folders, paste them, or choose them below</source>
        <translation>oder ganze Ordner, einfügen oder unten wählen</translation>
    </message>
    <message>
        <source>No job matches</source>
        <translation>Kein Auftrag passt</translation>
    </message>
    <message>
        <source>Another filter or search may show more.</source>
        <translation>Ein anderer Filter oder eine andere Suche zeigt vielleicht mehr.</translation>
    </message>
    <message>
        <source>Loading jobs…</source>
        <translation>Lade Aufträge …</translation>
    </message>
</context>
<context>
    <name>desktop::EventStream</name>
    <message>
        <source>The server fell silent; trying again.</source>
        <translation>Der Server ist verstummt; neuer Versuch.</translation>
    </message>
    <message>
        <source>The server does not answer; trying again.</source>
        <translation>Der Server antwortet nicht; neuer Versuch.</translation>
    </message>
    <message>
        <source>The server does not accept the token.</source>
        <translation>Der Server nimmt das Token nicht an.</translation>
    </message>
    <message>
        <source>The server closed the connection; trying again.</source>
        <translation>Der Server hat die Verbindung geschlossen; neuer Versuch.</translation>
    </message>
    <message>
        <source>The server sent an event that cannot be read; trying again.</source>
        <translation>Der Server hat ein unlesbares Ereignis geschickt; neuer Versuch.</translation>
    </message>
    <message>
        <source>The server&apos;s certificate is not trusted (%1). If it is your own, choose the file of the authority that signed it.</source>
        <translation>Dem Zertifikat des Servers wird nicht vertraut (%1). Ist es ein eigenes, bitte die Datei der Stelle wählen, die es unterschrieben hat.</translation>
    </message>
    <message>
        <source>The server points to %1. If that is right, connect to that address.</source>
        <translation>Der Server verweist auf %1. Ist das richtig, bitte mit dieser Adresse verbinden.</translation>
    </message>
    <message>
        <source>The token may not read jobs on this server.</source>
        <translation>Mit diesem Token lassen sich Aufträge auf dem Server nicht lesen.</translation>
    </message>
    <message>
        <source>The server cannot serve at present; trying again.</source>
        <translation>Der Server kann gerade nicht; neuer Versuch.</translation>
    </message>
    <message>
        <source>What answers at this address is no thumbd. Check the address.</source>
        <translation>Unter dieser Adresse antwortet kein thumbd. Bitte die Adresse prüfen.</translation>
    </message>
</context>
<context>
    <name>desktop::FileDrag</name>
    <message>
        <source>There is no thumbnail.</source>
        <translation>Es gibt kein Vorschaubild.</translation>
    </message>
    <message>
        <source>The image cannot be shown.</source>
        <translation>Das Bild lässt sich nicht zeigen.</translation>
    </message>
    <message>
        <source>The row is gone.</source>
        <translation>Die Zeile gibt es nicht mehr.</translation>
    </message>
    <message>
        <source>The file is gone.</source>
        <translation>Die Datei gibt es nicht mehr.</translation>
    </message>
    <message>
        <source>The original is not an image.</source>
        <translation>Das Original ist kein Bild.</translation>
    </message>
    <message>
        <source>The copy cannot be written.</source>
        <translation>Die Kopie lässt sich nicht schreiben.</translation>
    </message>
</context>
<context>
    <name>desktop::FileScanner</name>
    <message>
        <source>There is no such file.</source>
        <translation>Es gibt keine solche Datei.</translation>
    </message>
    <message>
        <source>The file may not be read.</source>
        <translation>Die Datei darf nicht gelesen werden.</translation>
    </message>
    <message>
        <source>It is not a file.</source>
        <translation>Das ist keine Datei.</translation>
    </message>
    <message>
        <source>The file cannot be read.</source>
        <translation>Die Datei lässt sich nicht lesen.</translation>
    </message>
    <message>
        <source>The file is empty.</source>
        <translation>Die Datei ist leer.</translation>
    </message>
    <message>
        <source>The file is too large: %1; at most %2 are taken.</source>
        <translation>Die Datei ist zu groß: %1; höchstens %2 werden genommen.</translation>
    </message>
    <message>
        <source>The file is not an image.</source>
        <translation>Die Datei ist kein Bild.</translation>
    </message>
    <message>
        <source>%1 images are not taken here.</source>
        <translation>%1-Bilder werden hier nicht genommen.</translation>
    </message>
    <message>
        <source>The file&apos;s name is not in this system&apos;s encoding.</source>
        <translation>Der Dateiname ist nicht in der Kodierung dieses Systems.</translation>
    </message>
</context>
<context>
    <name>desktop::FilterChips</name>
    <message>
        <source>Show jobs by state</source>
        <translation>Aufträge nach Zustand zeigen</translation>
    </message>
</context>
<context>
    <name>desktop::FitSketch</name>
    <message>
        <source>Sketch of how the image fits</source>
        <translation>Skizze, wie das Bild eingepasst wird</translation>
    </message>
    <message>
        <source>The frame is the size asked for, the shape inside is a landscape photograph.</source>
        <translation>Der Rahmen ist die gewünschte Größe, darin ein Foto im Querformat.</translation>
    </message>
</context>
<context>
    <name>desktop::HttpLane</name>
    <message>
        <source>The file of trusted certificates cannot be read.</source>
        <translation>Die Datei der vertrauten Zertifikate lässt sich nicht lesen.</translation>
    </message>
    <message>
        <source>The file of trusted certificates has none in PEM form.</source>
        <translation>Die Datei der vertrauten Zertifikate hat keines in PEM-Form.</translation>
    </message>
    <message>
        <source>There is no such file, or it is no file of the usual kind.</source>
        <translation>Es gibt keine solche Datei, oder sie ist keine gewöhnliche.</translation>
    </message>
    <message>
        <source>The file cannot be read: %1.</source>
        <translation>Die Datei lässt sich nicht lesen: %1.</translation>
    </message>
</context>
<context>
    <name>desktop::Intake</name>
    <message>
        <source>Pasted %1</source>
        <translation>Eingefügt %1</translation>
    </message>
    <message>
        <source>Images are not fetched from the web. Save it first, then drop the file.</source>
        <translation>Bilder werden nicht aus dem Netz geholt. Bitte erst speichern, dann die Datei hierher ziehen.</translation>
    </message>
    <message>
        <source>It is not an image.</source>
        <translation>Das ist kein Bild.</translation>
    </message>
    <message>
        <source>The image is too large.</source>
        <translation>Das Bild ist zu groß.</translation>
    </message>
    <message>
        <source>Too many pasted images wait. Paste it again when some are done.</source>
        <translation>Zu viele eingefügte Bilder warten. Bitte noch einmal einfügen, wenn einige fertig sind.</translation>
    </message>
    <message>
        <source>The image cannot be read.</source>
        <translation>Das Bild lässt sich nicht lesen.</translation>
    </message>
</context>
<context>
    <name>desktop::JobGrid</name>
    <message>
        <source>Jobs</source>
        <translation>Aufträge</translation>
    </message>
</context>
<context>
    <name>desktop::JobHeader</name>
    <message>
        <source>Columns</source>
        <translation>Spalten</translation>
    </message>
</context>
<context>
    <name>desktop::JobLook</name>
    <message>
        <source>Waiting</source>
        <translation>Wartet</translation>
    </message>
    <message>
        <source>Submitting</source>
        <translation>Wird eingereicht</translation>
    </message>
    <message>
        <source>Refused</source>
        <translation>Abgelehnt</translation>
    </message>
</context>
<context>
    <name>desktop::JobTable</name>
    <message>
        <source>Jobs</source>
        <translation>Aufträge</translation>
    </message>
</context>
<context>
    <name>desktop::JobsModel</name>
    <message>
        <source>%1 ms</source>
        <translation>%1 ms</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1 s</translation>
    </message>
    <message>
        <source>%1 min %2 s</source>
        <translation>%1 min %2 s</translation>
    </message>
    <message>
        <source>%1 h %2 min</source>
        <translation>%1 h %2 min</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>Wartet</translation>
    </message>
    <message>
        <source>Submitting</source>
        <translation>Wird eingereicht</translation>
    </message>
    <message>
        <source>Queued</source>
        <translation>In der Schlange</translation>
    </message>
    <message>
        <source>Working</source>
        <translation>In Arbeit</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Fertig</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Fehlgeschlagen</translation>
    </message>
    <message>
        <source>Cancelled</source>
        <translation>Abgebrochen</translation>
    </message>
    <message>
        <source>Refused</source>
        <translation>Abgelehnt</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>Preview of %1</source>
        <translation>Vorschau von %1</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>Preview</source>
        <translation>Vorschau</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Fortschritt</translation>
    </message>
    <message>
        <source>Size before</source>
        <translation>Größe vorher</translation>
    </message>
    <message>
        <source>Size after</source>
        <translation>Größe nachher</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Dauer</translation>
    </message>
    <message>
        <source>Submitted</source>
        <translation>Eingereicht</translation>
    </message>
</context>
<context>
    <name>desktop::JobsPage</name>
    <message>
        <source>Search names</source>
        <translation>Namen suchen</translation>
    </message>
    <message>
        <source>Search jobs by name</source>
        <translation>Aufträge nach Namen suchen</translation>
    </message>
    <message numerus="yes">
        <source>There were more than %n file(s); the rest was left out.</source>
        <translation>
            <numerusform>Es war mehr als %n Datei; der Rest blieb weg.</numerusform>
            <numerusform>Es waren mehr als %n Dateien; der Rest blieb weg.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n folder(s) could not be read.</source>
        <translation>
            <numerusform>%n Ordner ließ sich nicht lesen.</numerusform>
            <numerusform>%n Ordner ließen sich nicht lesen.</numerusform>
        </translation>
    </message>
    <message>
        <source>No files were found there.</source>
        <translation>Dort waren keine Dateien.</translation>
    </message>
    <message numerus="yes">
        <source>%n job(s) removed</source>
        <translation>
            <numerusform>%n Auftrag entfernt</numerusform>
            <numerusform>%n Aufträge entfernt</numerusform>
        </translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Rückgängig</translation>
    </message>
    <message numerus="yes">
        <source>%n job(s) could not be cancelled: %1</source>
        <translation>
            <numerusform>%n Auftrag ließ sich nicht abbrechen: %1</numerusform>
            <numerusform>%n Aufträge ließen sich nicht abbrechen: %1</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n job(s) could not be tried again: %1</source>
        <translation>
            <numerusform>%n Auftrag ließ sich nicht wiederholen: %1</numerusform>
            <numerusform>%n Aufträge ließen sich nicht wiederholen: %1</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n job(s) could not be removed: %1</source>
        <translation>
            <numerusform>%n Auftrag ließ sich nicht entfernen: %1</numerusform>
            <numerusform>%n Aufträge ließen sich nicht entfernen: %1</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>desktop::LocalPlace</name>
    <message>
        <source>There is not enough memory for this.</source>
        <translation>Dafür reicht der Speicher nicht.</translation>
    </message>
    <message>
        <source>The work on this computer has been stopped.</source>
        <translation>Die Arbeit auf diesem Computer wurde beendet.</translation>
    </message>
    <message>
        <source>This computer</source>
        <translation>Dieser Computer</translation>
    </message>
    <message>
        <source>Opening the jobs on this computer.</source>
        <translation>Öffne die Aufträge auf diesem Computer.</translation>
    </message>
    <message>
        <source>There is no such job any more.</source>
        <translation>Diesen Auftrag gibt es nicht mehr.</translation>
    </message>
</context>
<context>
    <name>desktop::MainWindow</name>
    <message>
        <source>less than a minute left</source>
        <translation>noch weniger als eine Minute</translation>
    </message>
    <message numerus="yes">
        <source>about %n minute(s) left</source>
        <translation>
            <numerusform>noch etwa %n Minute</numerusform>
            <numerusform>noch etwa %n Minuten</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>about %n hour(s) left</source>
        <translation>
            <numerusform>noch etwa %n Stunde</numerusform>
            <numerusform>noch etwa %n Stunden</numerusform>
        </translation>
    </message>
    <message>
        <source>Toolbar</source>
        <translation>Werkzeugleiste</translation>
    </message>
    <message>
        <source>Add images</source>
        <translation>Bilder hinzufügen</translation>
    </message>
    <message>
        <source>Add folder</source>
        <translation>Ordner hinzufügen</translation>
    </message>
    <message>
        <source>P&amp;reset:</source>
        <translation>Vo&amp;rlage:</translation>
    </message>
    <message>
        <source>What is made of images that come in from now on</source>
        <translation>Was aus Bildern wird, die ab jetzt dazukommen</translation>
    </message>
    <message>
        <source>Preset</source>
        <translation>Vorlage</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>Retry failed</source>
        <translation>Fehler wiederholen</translation>
    </message>
    <message>
        <source>Save all</source>
        <translation>Alle speichern</translation>
    </message>
    <message>
        <source>Progress of all jobs</source>
        <translation>Fortschritt aller Aufträge</translation>
    </message>
    <message>
        <source>Place: %1</source>
        <translation>Ort: %1</translation>
    </message>
    <message>
        <source>%1 – thumbjobs</source>
        <translation>%1 – thumbjobs</translation>
    </message>
    <message>
        <source>&amp;Resume</source>
        <translation>&amp;Fortsetzen</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>&amp;Anhalten</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Fortsetzen</translation>
    </message>
    <message numerus="yes">
        <source>Looking through folders: %n file(s)</source>
        <translation>
            <numerusform>Durchsuche Ordner: %n Datei</numerusform>
            <numerusform>Durchsuche Ordner: %n Dateien</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 of %2 done</source>
        <translation>%1 von %2 fertig</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>angehalten</translation>
    </message>
    <message>
        <source>stopping after the current jobs</source>
        <translation>endet nach den laufenden Aufträgen</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>beendet</translation>
    </message>
    <message numerus="yes">
        <source>%n job(s)</source>
        <translation>
            <numerusform>%n Auftrag</numerusform>
            <numerusform>%n Aufträge</numerusform>
        </translation>
    </message>
    <message>
        <source>Ready</source>
        <translation>Bereit</translation>
    </message>
    <message>
        <source>Images (*.jpg *.jpeg *.png *.webp *.gif *.avif *.heic *.heif *.tif *.tiff)</source>
        <translation>Bilder (*.jpg *.jpeg *.png *.webp *.gif *.avif *.heic *.heif *.tif *.tiff)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>Alle Dateien (*)</translation>
    </message>
    <message>
        <source>Add a folder</source>
        <translation>Einen Ordner hinzufügen</translation>
    </message>
    <message>
        <source>There is no image in the clipboard.</source>
        <translation>In der Zwischenablage ist kein Bild.</translation>
    </message>
    <message>
        <source>The thumbnail is in the clipboard.</source>
        <translation>Das Vorschaubild ist in der Zwischenablage.</translation>
    </message>
    <message>
        <source>No program could open %1.</source>
        <translation>Kein Programm konnte %1 öffnen.</translation>
    </message>
    <message>
        <source>Save thumbnail</source>
        <translation>Vorschaubild speichern</translation>
    </message>
    <message>
        <source>Export the list</source>
        <translation>Liste ausgeben</translation>
    </message>
    <message>
        <source>Table (*.csv)</source>
        <translation>Tabelle (*.csv)</translation>
    </message>
    <message>
        <source>JSON (*.json)</source>
        <translation>JSON (*.json)</translation>
    </message>
    <message>
        <source>thumbnails.csv</source>
        <translation>vorschaubilder.csv</translation>
    </message>
    <message numerus="yes">
        <source>Saving: %1 of %n image(s)</source>
        <translation>
            <numerusform>Speichere: %1 von %n Bild</numerusform>
            <numerusform>Speichere: %1 von %n Bildern</numerusform>
        </translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Anhalten</translation>
    </message>
    <message numerus="yes">
        <source>%n file(s) saved.</source>
        <translation>
            <numerusform>%n Datei gespeichert.</numerusform>
            <numerusform>%n Dateien gespeichert.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n file(s) were there already.</source>
        <translation>
            <numerusform>%n Datei war schon da.</numerusform>
            <numerusform>%n Dateien waren schon da.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n file(s) could not be saved: %1</source>
        <translation>
            <numerusform>%n Datei ließ sich nicht speichern: %1</numerusform>
            <numerusform>%n Dateien ließen sich nicht speichern: %1</numerusform>
        </translation>
    </message>
    <message>
        <source>Saving was stopped.</source>
        <translation>Das Speichern wurde angehalten.</translation>
    </message>
    <message>
        <source>Show folder</source>
        <translation>Ordner zeigen</translation>
    </message>
    <message>
        <source>Drop to make: %1</source>
        <translation>Loslassen, und daraus wird: %1</translation>
    </message>
    <message>
        <source>Go on with the jobs</source>
        <translation>Mit den Aufträgen weitermachen</translation>
    </message>
    <message>
        <source>Begin no more jobs</source>
        <translation>Keine weiteren Aufträge beginnen</translation>
    </message>
    <message>
        <source>Stop looking through folders</source>
        <translation>Das Durchsuchen von Ordnern anhalten</translation>
    </message>
</context>
<context>
    <name>desktop::MessageStrip</name>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Close this message</source>
        <translation>Diese Meldung schließen</translation>
    </message>
</context>
<context>
    <name>desktop::PictureBox</name>
    <message>
        <source>Preview</source>
        <translation>Vorschau</translation>
    </message>
</context>
<context>
    <name>desktop::PresetDialog</name>
    <message>
        <source>Presets</source>
        <translation>Vorlagen</translation>
    </message>
    <message>
        <source>Save presets</source>
        <translation>Vorlagen speichern</translation>
    </message>
    <message>
        <source>&amp;Presets</source>
        <translation>&amp;Vorlagen</translation>
    </message>
    <message>
        <source>New</source>
        <translation>Neu</translation>
    </message>
    <message>
        <source>Duplicate</source>
        <translation>Verdoppeln</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>New preset</source>
        <translation>Neue Vorlage</translation>
    </message>
    <message>
        <source>%1 (copy)</source>
        <translation>%1 (Kopie)</translation>
    </message>
    <message>
        <source>Pr&amp;eset&apos;s name</source>
        <translation>Nam&amp;e der Vorlage</translation>
    </message>
    <message>
        <source>Made of each &amp;image</source>
        <translation>Das wird aus jedem &amp;Bild</translation>
    </message>
    <message>
        <source>Thumbnails of the preset</source>
        <translation>Vorschaubilder der Vorlage</translation>
    </message>
    <message>
        <source>Add a thumbnail</source>
        <translation>Vorschaubild hinzufügen</translation>
    </message>
    <message>
        <source>Remove this thumbnail</source>
        <translation>Dieses Vorschaubild entfernen</translation>
    </message>
    <message>
        <source>A preset has no name.</source>
        <translation>Eine Vorlage hat keinen Namen.</translation>
    </message>
    <message>
        <source>Two presets are named “%1”.</source>
        <translation>Zwei Vorlagen heißen „%1“.</translation>
    </message>
    <message>
        <source>A thumbnail of “%1” has no name.</source>
        <translation>Ein Vorschaubild von „%1“ hat keinen Namen.</translation>
    </message>
    <message>
        <source>Two thumbnails of “%1” are named “%2”.</source>
        <translation>Zwei Vorschaubilder von „%1“ heißen „%2“.</translation>
    </message>
</context>
<context>
    <name>desktop::Presets</name>
    <message>
        <source>Thumbnail, 100 x 100</source>
        <translation>Vorschaubild, 100 x 100</translation>
    </message>
    <message>
        <source>Square, 256 x 256</source>
        <translation>Quadrat, 256 x 256</translation>
    </message>
    <message>
        <source>Web, 1200 wide</source>
        <translation>Web, 1200 breit</translation>
    </message>
    <message>
        <source>Avatar, 128 and 256</source>
        <translation>Profilbild, 128 und 256</translation>
    </message>
    <message>
        <source>Gallery, small and large</source>
        <translation>Galerie, klein und groß</translation>
    </message>
    <message>
        <source>The name is empty.</source>
        <translation>Der Name ist leer.</translation>
    </message>
    <message>
        <source>The name has %1 characters; at most %2 are taken.</source>
        <translation>Der Name hat %1 Zeichen; höchstens %2 werden genommen.</translation>
    </message>
    <message>
        <source>There is a preset named &quot;%1&quot; already.</source>
        <translation>Eine Vorlage namens „%1“ gibt es schon.</translation>
    </message>
    <message>
        <source>There are %1 presets; more are not kept.</source>
        <translation>Es gibt %1 Vorlagen; mehr werden nicht aufgehoben.</translation>
    </message>
</context>
<context>
    <name>desktop::RemotePlace</name>
    <message>
        <source>Connecting to the server.</source>
        <translation>Verbinde mit dem Server.</translation>
    </message>
    <message>
        <source>The connection was closed.</source>
        <translation>Die Verbindung wurde geschlossen.</translation>
    </message>
    <message>
        <source>There is no connection.</source>
        <translation>Es gibt keine Verbindung.</translation>
    </message>
    <message>
        <source>The server does not answer.</source>
        <translation>Der Server antwortet nicht.</translation>
    </message>
    <message>
        <source>The server did not answer in time.</source>
        <translation>Der Server hat nicht rechtzeitig geantwortet.</translation>
    </message>
    <message>
        <source>The server&apos;s certificate is not trusted.</source>
        <translation>Dem Zertifikat des Servers wird nicht vertraut.</translation>
    </message>
    <message>
        <source>The server&apos;s answer is larger than it may be.</source>
        <translation>Die Antwort des Servers ist größer, als sie sein darf.</translation>
    </message>
    <message>
        <source>The server points to %1.</source>
        <translation>Der Server verweist auf %1.</translation>
    </message>
    <message>
        <source>The server&apos;s answer makes no sense.</source>
        <translation>Die Antwort des Servers ergibt keinen Sinn.</translation>
    </message>
    <message>
        <source>The server does not accept the token for this.</source>
        <translation>Der Server nimmt das Token dafür nicht an.</translation>
    </message>
    <message>
        <source>The server answered with status %1.</source>
        <translation>Der Server hat mit Status %1 geantwortet.</translation>
    </message>
</context>
<context>
    <name>desktop::RenditionEditor</name>
    <message>
        <source>Enlarge images that are smaller</source>
        <translation>Kleinere Bilder vergrößern</translation>
    </message>
    <message>
        <source>Lower-case letters, digits, - and _; part of file names</source>
        <translation>Kleinbuchstaben, Ziffern, - und _; Teil der Dateinamen</translation>
    </message>
    <message>
        <source> px</source>
        <translation> px</translation>
    </message>
    <message>
        <source>Width in pixels</source>
        <translation>Breite in Pixeln</translation>
    </message>
    <message>
        <source>Height in pixels</source>
        <translation>Höhe in Pixeln</translation>
    </message>
    <message>
        <source>Whole image, within the size</source>
        <translation>Ganzes Bild, innerhalb der Größe</translation>
    </message>
    <message>
        <source>Fill the size, crop the rest</source>
        <translation>Größe füllen, Rest abschneiden</translation>
    </message>
    <message>
        <source>Stretch to the size</source>
        <translation>Auf die Größe strecken</translation>
    </message>
    <message>
        <source>Whole image, with borders to the size</source>
        <translation>Ganzes Bild, mit Rand bis zur Größe</translation>
    </message>
    <message>
        <source>The centre</source>
        <translation>Die Mitte</translation>
    </message>
    <message>
        <source>What draws the eye</source>
        <translation>Was ins Auge fällt</translation>
    </message>
    <message>
        <source>What has most detail</source>
        <translation>Was am meisten zeigt</translation>
    </message>
    <message>
        <source>Top</source>
        <translation>Oben</translation>
    </message>
    <message>
        <source>Top right</source>
        <translation>Oben rechts</translation>
    </message>
    <message>
        <source>Right</source>
        <translation>Rechts</translation>
    </message>
    <message>
        <source>Bottom right</source>
        <translation>Unten rechts</translation>
    </message>
    <message>
        <source>Bottom</source>
        <translation>Unten</translation>
    </message>
    <message>
        <source>Bottom left</source>
        <translation>Unten links</translation>
    </message>
    <message>
        <source>Left</source>
        <translation>Links</translation>
    </message>
    <message>
        <source>Top left</source>
        <translation>Oben links</translation>
    </message>
    <message>
        <source>JPEG, or PNG if transparent</source>
        <translation>JPEG, oder PNG bei Durchsicht</translation>
    </message>
    <message>
        <source>JPEG</source>
        <translation>JPEG</translation>
    </message>
    <message>
        <source>PNG</source>
        <translation>PNG</translation>
    </message>
    <message>
        <source>WebP</source>
        <translation>WebP</translation>
    </message>
    <message>
        <source>AVIF</source>
        <translation>AVIF</translation>
    </message>
    <message>
        <source>Default</source>
        <translation>Üblich</translation>
    </message>
    <message>
        <source>&amp;Name:</source>
        <translation>&amp;Name:</translation>
    </message>
    <message>
        <source>Si&amp;ze:</source>
        <translation>&amp;Größe:</translation>
    </message>
    <message>
        <source>F&amp;it:</source>
        <translation>E&amp;inpassen:</translation>
    </message>
    <message>
        <source>&amp;Keep:</source>
        <translation>&amp;Behalten:</translation>
    </message>
    <message>
        <source>F&amp;ormat:</source>
        <translation>F&amp;ormat:</translation>
    </message>
    <message>
        <source>&amp;Quality:</source>
        <translation>&amp;Qualität:</translation>
    </message>
    <message>
        <source>&amp;Background:</source>
        <translation>&amp;Hintergrund:</translation>
    </message>
</context>
<context>
    <name>desktop::SaveDialog</name>
    <message>
        <source>Save thumbnails</source>
        <translation>Vorschaubilder speichern</translation>
    </message>
    <message>
        <source>Choose a folder</source>
        <translation>Ordner wählen</translation>
    </message>
    <message>
        <source>Fields: {name} {rendition} {width} {height} {index} {date} {id} {ext}</source>
        <translation>Felder: {name} {rendition} {width} {height} {index} {date} {id} {ext}</translation>
    </message>
    <message>
        <source>Number the new file</source>
        <translation>Die neue Datei numerieren</translation>
    </message>
    <message>
        <source>Replace it, unless it is an original</source>
        <translation>Sie ersetzen, wenn sie kein Original ist</translation>
    </message>
    <message>
        <source>Leave it, and skip the new one</source>
        <translation>Sie lassen, die neue weglassen</translation>
    </message>
    <message>
        <source>Fields: {name}, {rendition}, {width}, {height}, {index}, {date}, {id}, {ext}</source>
        <translation>Felder: {name}, {rendition}, {width}, {height}, {index}, {date}, {id}, {ext}</translation>
    </message>
    <message>
        <source>&amp;Folder:</source>
        <translation>&amp;Ordner:</translation>
    </message>
    <message>
        <source>&amp;Names:</source>
        <translation>&amp;Namen:</translation>
    </message>
    <message>
        <source>&amp;If a file is there:</source>
        <translation>Ist &amp;eine Datei da:</translation>
    </message>
    <message numerus="yes">
        <source>Save %n image(s)</source>
        <translation>
            <numerusform>%n Bild speichern</numerusform>
            <numerusform>%n Bilder speichern</numerusform>
        </translation>
    </message>
    <message>
        <source>For example %1</source>
        <translation>Zum Beispiel %1</translation>
    </message>
</context>
<context>
    <name>desktop::Saver</name>
    <message>
        <source>The job is gone.</source>
        <translation>Den Auftrag gibt es nicht mehr.</translation>
    </message>
    <message>
        <source>The job has no thumbnail.</source>
        <translation>Der Auftrag hat kein Vorschaubild.</translation>
    </message>
</context>
<context>
    <name>desktop::StateBar</name>
    <message>
        <source>Queued</source>
        <translation>In der Schlange</translation>
    </message>
    <message>
        <source>Working</source>
        <translation>In Arbeit</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Fertig</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Fehlgeschlagen</translation>
    </message>
    <message>
        <source>Cancelled</source>
        <translation>Abgebrochen</translation>
    </message>
    <message>
        <source>Jobs by state</source>
        <translation>Aufträge nach Zustand</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
</context>
<context>
    <name>desktop::SystemSession</name>
    <message>
        <source>Thumbnails are being made</source>
        <translation>Vorschaubilder werden gemacht</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>Zeigen</translation>
    </message>
</context>
<context>
    <name>desktop::Theme</name>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
</context>
<context>
    <name>desktop::TimeChart</name>
    <message>
        <source>now</source>
        <translation>jetzt</translation>
    </message>
    <message>
        <source>%1 s ago</source>
        <translation>vor %1 s</translation>
    </message>
    <message>
        <source>%1 min ago</source>
        <translation>vor %1 min</translation>
    </message>
    <message>
        <source>%1 min %2 s ago</source>
        <translation>vor %1 min %2 s</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <translation>%1, %2</translation>
    </message>
</context>
<context>
    <name>desktop::WindowActions</name>
    <message>
        <source>&amp;About thumbjobs</source>
        <translation>Ü&amp;ber thumbjobs</translation>
    </message>
    <message>
        <source>Version and licence</source>
        <translation>Version und Lizenz</translation>
    </message>
    <message>
        <source>Add &amp;images…</source>
        <translation>&amp;Bilder hinzufügen …</translation>
    </message>
    <message>
        <source>Choose images</source>
        <translation>Bilder wählen</translation>
    </message>
    <message>
        <source>Add f&amp;older…</source>
        <translation>&amp;Ordner hinzufügen …</translation>
    </message>
    <message>
        <source>Choose a folder, with all folders in it</source>
        <translation>Einen Ordner wählen, mit allen Ordnern darin</translation>
    </message>
    <message>
        <source>Stop &amp;looking through folders</source>
        <translation>Das &amp;Durchsuchen von Ordnern anhalten</translation>
    </message>
    <message>
        <source>Keep what was found so far</source>
        <translation>Das bisher Gefundene behalten</translation>
    </message>
    <message>
        <source>&amp;Save as…</source>
        <translation>&amp;Speichern unter …</translation>
    </message>
    <message>
        <source>Save the selected thumbnails</source>
        <translation>Die ausgewählten Vorschaubilder speichern</translation>
    </message>
    <message>
        <source>Save &amp;all…</source>
        <translation>&amp;Alle speichern …</translation>
    </message>
    <message>
        <source>Save all thumbnails to a folder</source>
        <translation>Alle Vorschaubilder in einen Ordner speichern</translation>
    </message>
    <message>
        <source>&amp;Export list…</source>
        <translation>&amp;Liste ausgeben …</translation>
    </message>
    <message>
        <source>Save the list of results as CSV or JSON</source>
        <translation>Die Liste der Ergebnisse als CSV oder JSON speichern</translation>
    </message>
    <message>
        <source>&amp;Connect…</source>
        <translation>&amp;Verbinden …</translation>
    </message>
    <message>
        <source>Choose where the work is done</source>
        <translation>Wählen, wo gearbeitet wird</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>&amp;Beenden</translation>
    </message>
    <message>
        <source>Close thumbjobs; unfinished jobs go on at the next start</source>
        <translation>thumbjobs schließen; unfertige Aufträge gehen beim nächsten Start weiter</translation>
    </message>
    <message>
        <source>&amp;Undo removal</source>
        <translation>Entfernen &amp;zurücknehmen</translation>
    </message>
    <message>
        <source>Bring removed jobs back</source>
        <translation>Entfernte Aufträge zurückholen</translation>
    </message>
    <message>
        <source>&amp;Paste</source>
        <translation>&amp;Einfügen</translation>
    </message>
    <message>
        <source>Add images from the clipboard</source>
        <translation>Bilder aus der Zwischenablage hinzufügen</translation>
    </message>
    <message>
        <source>&amp;Copy thumbnail</source>
        <translation>Vorschaubild &amp;kopieren</translation>
    </message>
    <message>
        <source>Copy the selected thumbnail to the clipboard</source>
        <translation>Das ausgewählte Vorschaubild in die Zwischenablage kopieren</translation>
    </message>
    <message>
        <source>Select &amp;all</source>
        <translation>&amp;Alles auswählen</translation>
    </message>
    <message>
        <source>Select all that is shown</source>
        <translation>Alles Gezeigte auswählen</translation>
    </message>
    <message>
        <source>&amp;Find</source>
        <translation>&amp;Suchen</translation>
    </message>
    <message>
        <source>Search jobs by name</source>
        <translation>Aufträge nach Namen suchen</translation>
    </message>
    <message>
        <source>P&amp;resets…</source>
        <translation>Vo&amp;rlagen …</translation>
    </message>
    <message>
        <source>Edit sizes and formats</source>
        <translation>Größen und Formate bearbeiten</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>&amp;Anhalten</translation>
    </message>
    <message>
        <source>Begin no more jobs</source>
        <translation>Keine weiteren Aufträge beginnen</translation>
    </message>
    <message>
        <source>&amp;Stop after the current ones</source>
        <translation>Nach den laufenden auf&amp;hören</translation>
    </message>
    <message>
        <source>Let running jobs finish; begin and submit no more</source>
        <translation>Laufende Aufträge beenden, keine weiteren beginnen und einreichen</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>A&amp;bbrechen</translation>
    </message>
    <message>
        <source>Cancel the selected jobs</source>
        <translation>Die ausgewählten Aufträge abbrechen</translation>
    </message>
    <message>
        <source>Try &amp;again</source>
        <translation>&amp;Wiederholen</translation>
    </message>
    <message>
        <source>Run the selected jobs again</source>
        <translation>Die ausgewählten Aufträge noch einmal ausführen</translation>
    </message>
    <message>
        <source>Retry &amp;failed</source>
        <translation>&amp;Fehlgeschlagene wiederholen</translation>
    </message>
    <message>
        <source>Run all failed jobs again</source>
        <translation>Alle fehlgeschlagenen Aufträge noch einmal ausführen</translation>
    </message>
    <message>
        <source>&amp;Remove</source>
        <translation>&amp;Entfernen</translation>
    </message>
    <message>
        <source>Remove the selected jobs; the original files stay</source>
        <translation>Die ausgewählten Aufträge entfernen; die Originaldateien bleiben</translation>
    </message>
    <message>
        <source>&amp;Open original</source>
        <translation>Original ö&amp;ffnen</translation>
    </message>
    <message>
        <source>Open the original in another program</source>
        <translation>Das Original in einem anderen Programm öffnen</translation>
    </message>
    <message>
        <source>Sho&amp;w in folder</source>
        <translation>Im &amp;Ordner zeigen</translation>
    </message>
    <message>
        <source>Open the original&apos;s folder</source>
        <translation>Den Ordner des Originals öffnen</translation>
    </message>
    <message>
        <source>Show &amp;log</source>
        <translation>&amp;Protokoll zeigen</translation>
    </message>
    <message>
        <source>Show the selected job&apos;s log</source>
        <translation>Das Protokoll des ausgewählten Auftrags zeigen</translation>
    </message>
    <message>
        <source>&amp;Table</source>
        <translation>&amp;Tabelle</translation>
    </message>
    <message>
        <source>Show jobs as a table</source>
        <translation>Aufträge als Tabelle zeigen</translation>
    </message>
    <message>
        <source>T&amp;iles</source>
        <translation>&amp;Kacheln</translation>
    </message>
    <message>
        <source>Show jobs as tiles</source>
        <translation>Aufträge als Kacheln zeigen</translation>
    </message>
    <message>
        <source>&amp;Details</source>
        <translation>&amp;Einzelheiten</translation>
    </message>
    <message>
        <source>Show details of the selected jobs</source>
        <translation>Einzelheiten der ausgewählten Aufträge zeigen</translation>
    </message>
    <message>
        <source>&amp;Activity</source>
        <translation>&amp;Verlauf</translation>
    </message>
    <message>
        <source>Show charts of the last minutes</source>
        <translation>Diagramme der letzten Minuten zeigen</translation>
    </message>
    <message>
        <source>F&amp;ull screen</source>
        <translation>&amp;Vollbild</translation>
    </message>
    <message>
        <source>Fill the screen</source>
        <translation>Den Bildschirm füllen</translation>
    </message>
    <message>
        <source>Show jobs of this state only</source>
        <translation>Nur Aufträge in diesem Zustand zeigen</translation>
    </message>
    <message>
        <source>All</source>
        <translation>Alle</translation>
    </message>
    <message>
        <source>As the &amp;system</source>
        <translation>Wie das &amp;System</translation>
    </message>
    <message>
        <source>&amp;Light</source>
        <translation>&amp;Hell</translation>
    </message>
    <message>
        <source>&amp;Dark</source>
        <translation>&amp;Dunkel</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>&amp;Datei</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>&amp;Bearbeiten</translation>
    </message>
    <message>
        <source>&amp;Jobs</source>
        <translation>&amp;Aufträge</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;Ansicht</translation>
    </message>
    <message>
        <source>&amp;Filter</source>
        <translation>&amp;Filter</translation>
    </message>
    <message>
        <source>&amp;Appearance</source>
        <translation>Er&amp;scheinungsbild</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>&amp;Hilfe</translation>
    </message>
</context>
</TS>
