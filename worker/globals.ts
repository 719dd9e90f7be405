/** What our dependencies expect of a JavaScript platform and Bare leaves to modules. */
import './small-buffers.ts'
import 'bare-encoding/global'
import 'bare-crypto/global'
