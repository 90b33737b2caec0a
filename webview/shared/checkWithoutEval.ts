/**
 * Keeps the schemas from compiling their checks with `new Function`, which the content security policy forbids and
 * reports. To be imported before anything that defines a schema.
 */
import { config } from 'zod';

config({ jitless: true });
