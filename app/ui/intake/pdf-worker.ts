/** Where PDFs are read: a thread of its own, so that one that is endless can be ended. */
import 'pdfjs-dist/build/pdf.worker.min.mjs'
