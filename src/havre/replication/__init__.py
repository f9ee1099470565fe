"""Other registries: endpoints, policies, copying, pull-through."""
