-- Who sees what is in which parcel. A customer: parcels of the own orders. Staff and analysts: all.

ALTER TABLE shipment_items ENABLE ROW LEVEL SECURITY;

CREATE POLICY shipment_items_select_own ON shipment_items FOR SELECT TO shop_customer
USING (order_id = ANY(ARRAY(SELECT orders.order_id FROM orders)));

CREATE POLICY shipment_items_select_every ON shipment_items FOR SELECT TO shop_staff, shop_analyst
USING (TRUE);
